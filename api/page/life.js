// What the open case's life is asked of the server, and what is done to it.

import { getActions, getCase, getHistory, getStandards, postAction, postFile, postVerdict } from "./api.js";
import { named, t } from "./i18n.js";
import { setting } from "./settings.js";

/**
 * @param {{store: object, failed: (error: Error, about?: string) => void,
 *   announce: (words: string) => void}} parts
 */
export function createLife({ store, failed, announce }) {
  let standards = null;

  /** Without an answer there is less to see; the page says elsewhere that the line is broken. */
  const orElse = (nothing) => (error) => {
    if (!("status" in error)) throw error;
    return nothing;
  };

  return {
    /** @returns {Promise<?object>} what may be done; null when the server did not say */
    ask: (id) => getActions(id, setting("operator")).catch(orElse(null)),
    history: (id) =>
      getHistory(id)
        .then(({ items }) => items)
        .catch(orElse([])),
    async standards() {
      standards ??= (await getStandards().catch(orElse(null)))?.items ?? null;
      return standards ?? [];
    },
    /** The operator's verdict, short for a step. */
    async decide({ id, number }, verdict, reason) {
      try {
        store.put(await postVerdict(id, { verdict, reason, by: setting("operator") }));
        announce(t(`done.${verdict}`, { number }));
      } catch (error) {
        // What the word says of the page must be true by then.
        if (error.status === 409) await getCase(id).then(store.put, (gone) => failed(gone));
        failed(error, `${number}: `);
      }
    },
    /** @returns {Promise<?{error: Error, about: string}>} what went wrong; null when it was done */
    async act({ id, number }, offer, etag, fields) {
      const by = setting("operator");
      const usage = offer.action === "finish" ? "handled" : "checked";
      let seen = etag;
      try {
        const pictures = [];
        for (const file of fields.pictures ?? []) {
          const kept = await postFile(id, file, usage, seen, by);
          pictures.push(kept.sha256);
          seen = kept.etag;
        }
        const pictured = fields.pictures ? { pictures } : {};
        store.put(await postAction(id, offer.action, seen, { ...fields, ...pictured, by }));
        announce(t("done.action", { action: named(offer), number }));
        return null;
      } catch (error) {
        if (error.status === 409 || error.status === 412) {
          await getCase(id).then(store.put, (gone) => failed(gone));
        }
        return { error, about: `${number}: ` };
      }
    },
  };
}
