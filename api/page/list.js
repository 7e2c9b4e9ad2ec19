// The list of alerts. Rows are made once and then only refreshed, so that hours of alerts neither
// flicker nor lose the reader's place.

import { h, icon } from "./dom.js";
import { cropToBox } from "./evidence.js";
import { age } from "./format.js";
import { t } from "./i18n.js";
import { categoryCode, kindName, placeName, statusChip, waitsForOperator } from "./words.js";

function thumbnail(found, url) {
  if (!url) return h("span", { class: "thumb" });
  const image = h("img", { src: url, alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.remove(), { once: true });
  cropToBox(image, found);
  return h("span", { class: "thumb" }, image);
}

function rowWords(found, fresh) {
  return h(
    "span",
    { class: "row-words" },
    h(
      "span",
      { class: "row-kind" },
      h("strong", {}, kindName(found)),
      h("span", { class: "code" }, categoryCode(found)),
      fresh && h("span", { class: "fresh" }, t("list.new")),
    ),
    h("span", { class: "row-place" }, placeName(found)),
    h(
      "span",
      { class: "row-state" },
      statusChip(found),
      found.cleared_at && h("span", { class: "chip cleared" }, icon("clean"), t("cleared.short")),
      h(
        "time",
        { datetime: found.received_at, "data-age": found.received_at },
        age(found.received_at),
      ),
    ),
  );
}

/**
 * @param {{root: HTMLElement, store: object, open: (id: number) => void}} parts
 * @returns what the page's other parts ask of the list
 */
export function createList({ root, store, open }) {
  const rows = new Map();
  let onlyPending = false;

  function refresh(id) {
    const found = store.get(id);
    const row = rows.get(id);
    if (!found || !row) return;
    const url = found.thumbnail ?? "";
    // The picture stays where it is: made anew, it would blink.
    if (row.thumb?.dataset.url !== url) {
      row.thumb = thumbnail(found, url);
      row.thumb.dataset.url = url;
    }
    row.link.replaceChildren(row.thumb, rowWords(found, store.isFresh(id)));
    if (store.selected === id) row.link.setAttribute("aria-current", "true");
    else row.link.removeAttribute("aria-current");
    row.item.hidden = onlyPending && !waitsForOperator(found) && store.selected !== id;
  }

  function add(id) {
    const link = h("a", {
      class: "row",
      href: `#/cases/${id}`,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        open(id);
      },
    });
    const item = h("li", {}, link);
    rows.set(id, { item, link, thumb: null });
    const next = [...rows.keys()].filter((other) => other < id).sort((a, b) => b - a)[0];
    root.insertBefore(item, rows.get(next)?.item ?? null);
  }

  return {
    /** Shows a case that is new or has changed. */
    show(id) {
      if (!rows.has(id)) add(id);
      refresh(id);
    },
    refresh,
    refreshAll: () => rows.forEach((_, id) => refresh(id)),
    filter(pendingOnly) {
      onlyPending = pendingOnly;
      rows.forEach((_, id) => refresh(id));
    },
    /** The id of the row `step` below (or above) the open one, among those to be seen. */
    neighbour(step) {
      const ids = store
        .ordered()
        .map((found) => found.id)
        .filter((id) => !rows.get(id).item.hidden);
      const at = ids.indexOf(store.selected);
      return at < 0 ? (ids[0] ?? null) : (ids[at + step] ?? null);
    },
    focus(id) {
      const link = rows.get(id)?.link;
      link?.focus({ preventScroll: true });
      link?.scrollIntoView({ block: "nearest" });
    },
  };
}
