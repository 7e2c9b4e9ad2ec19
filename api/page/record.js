// What is on record of a camera for the law: its reviews, its published place, its sign. Everybody
// who reads cases may read it; clerks and administrators write it.

import { getRecord, putRecord } from "./api.js";
import { byId } from "./dom.js";
import { fullTime } from "./format.js";
import { t } from "./i18n.js";
import { explain } from "./toast.js";

const WRITERS = ["clerk", "admin"];

/**
 * @param {{may: (roles: string[]) => boolean, failed: (error: Error, about: string) => void,
 *   saved: (words: string) => void}} parts `saved` hears that a record has changed
 */
export function createRecord({ may, failed, saved }) {
  const dialog = byId("record");
  const form = dialog.querySelector("form");
  const fields = [...form.querySelectorAll("input")];
  const wrong = byId("record-wrong");
  const send = form.querySelector("[type=submit]");
  let camera = "";
  let etag = "";

  function show({ record, etag: seen }) {
    etag = seen;
    const writes = may(WRITERS);
    for (const field of fields) {
      field.value = record[field.name] ?? "";
      field.readOnly = !writes;
    }
    send.hidden = !writes;
    const { updated_by: by, updated_at: at } = record;
    byId("record-by").textContent = at ? t("record.by", { by, time: fullTime(at) }) : "";
  }

  async function save() {
    const record = Object.fromEntries(
      fields.map(({ name, value }) => [name, value.trim() || null]),
    );
    send.disabled = true;
    wrong.textContent = "";
    try {
      await putRecord(camera, record, etag);
      dialog.close();
      saved(t("record.saved", { camera }));
    } catch (error) {
      // What another clerk wrote meanwhile is shown first, and not overwritten unseen.
      if (error.status === 412) await getRecord(camera).then(show, () => null);
      wrong.textContent = error.status === 412 ? t("record.outdated") : explain(error);
    } finally {
      send.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  byId("record-cancel").addEventListener("click", () => dialog.close());

  return {
    /** @param {string} id the camera's */
    async open(id) {
      camera = id;
      wrong.textContent = "";
      byId("record-title").textContent = t("record.title", { camera });
      try {
        show(await getRecord(id));
      } catch (error) {
        failed(error, `${id}: `);
        return;
      }
      if (camera === id && !dialog.open) dialog.showModal();
    },
  };
}
