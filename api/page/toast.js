// Short words at the edge: what was done, or what went wrong and what to do about it.

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const STAY_MS = 5000;

/** @param {HTMLElement} root a polite live region */
export function createToasts(root) {
  function show(words, style, stays) {
    const close = h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": t("toast.close"),
        onclick: () => toast.remove(),
      },
      icon("cross"),
    );
    const shape = icon(style === "error" ? "alert" : "check");
    const toast = h("div", { class: `toast ${style}` }, shape, h("p", {}, words), close);
    root.append(toast);
    // Three are as many as anyone reads.
    while (root.children.length > 3) root.firstChild.remove();
    if (!stays) setTimeout(() => toast.remove(), STAY_MS);
  }

  return {
    done: (words) => show(words, "done", false),
    /** Stays until it is closed: an operator who looked away must still learn of it. */
    failed: (words) => show(words, "error", true),
  };
}

/** A failure in the reader's words: what did not work, why, and what to do. */
export function explain(error) {
  if (!("status" in error)) throw error;
  const detail = error.detail ? ` (${error.detail})` : "";
  if (error.status === 0) return t("error.unreachable") + detail;
  if (error.status === 404) return t("error.gone") + detail;
  if (error.status === 409) return t("error.conflict");
  if (error.status === 429) return t("error.busy") + detail;
  if (error.status >= 500) return t("error.server", { status: error.status }) + detail;
  return t("error.refused", { status: error.status }) + detail;
}
