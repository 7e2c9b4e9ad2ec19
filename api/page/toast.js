// Short words at the edge: what went wrong, and what to do about it.

import { h, icon } from "./dom.js";
import { language, t } from "./i18n.js";

/**
 * A toast stays until it is closed: an operator who looked away must still learn of it.
 *
 * @param {HTMLElement} root a live region
 * @returns {(words: string) => void}
 */
export function createToasts(root) {
  return (words) => {
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
    const toast = h("div", { class: "toast" }, icon("alert"), h("p", {}, words), close);
    root.append(toast);
    // Three are as many as anyone reads.
    while (root.children.length > 3) root.firstChild.remove();
  };
}

/** A failure in the reader's words: what did not work, why, and what to do. */
export function explain(error) {
  if (!("status" in error)) throw error;
  const why = error.readable ? error.detail : "";
  const detail = why && (language() === "en" ? ` (${why})` : `（${why}）`);
  if (error.status === 0) return t("error.unreachable") + detail;
  if (error.status === 404) return t("error.gone") + detail;
  if (error.status === 403) return why ? t("error.not_done", { why }) : t("error.not_yours");
  if (error.status === 409) return why ? t("error.not_done", { why }) : t("error.conflict");
  if (error.status === 412) return t("error.outdated");
  if (error.status === 429) return t("error.busy") + detail;
  if (error.status >= 500) return t("error.server", { status: error.status }) + detail;
  return t("error.refused", { status: error.status }) + detail;
}
