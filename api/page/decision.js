// The operator's verdict: confirm with one press, dismiss with a reason.

import { h, icon, swap } from "./dom.js";
import { fullTime } from "./format.js";
import { t } from "./i18n.js";
import {
  reasonForReader,
  reasonForRecord,
  REASONS,
  tone,
  toneIcon,
  waitsForOperator,
} from "./words.js";

/**
 * @param {{root: HTMLElement,
 *   decide: (found: object, verdict: "confirmed" | "dismissed", reason: string) => Promise<void>}} parts
 */
export function createDecision({ root, decide }) {
  let found = null;
  let asking = false;
  // By case: a slow line must not keep the operator from the next one.
  const saving = new Set();
  const busy = () => saving.has(found?.id);

  async function settle(verdict, reason = "") {
    if (busy() || !found || !waitsForOperator(found)) return;
    const { id } = found;
    saving.add(id);
    draw();
    try {
      await decide(found, verdict, reason);
    } finally {
      saving.delete(id);
      draw();
      // The pressed button is gone: the outcome takes the focus, so that it is read out.
      if (document.activeElement === document.body) root.querySelector(".decided")?.focus();
    }
  }

  function decided() {
    const by = found.decided_by ? t("decided.by", { name: found.decided_by }) : "";
    const at = found.decided_at ? fullTime(found.decided_at) : "";
    const when = [at, by].filter(Boolean).join(" · ");
    const voided = found.status === "voided";
    return h(
      "p",
      { class: `decided ${tone(found)}`, tabindex: -1 },
      toneIcon(found),
      h("strong", {}, t(`status.${found.status}`)),
      h("span", { class: "moment" }, voided || !when ? when : t("decided.registered", { when })),
      found.dismiss_reason &&
        h("span", {}, t("decided.reason", { reason: reasonForReader(found.dismiss_reason) })),
    );
  }

  function choices() {
    return [
      h(
        "button",
        { type: "button", class: "confirm", disabled: busy(), onclick: () => settle("confirmed") },
        icon("check"),
        t(busy() ? "decision.saving" : "decision.confirm"),
        h("kbd", {}, "C"),
      ),
      h(
        "button",
        { type: "button", class: "dismiss", disabled: busy(), onclick: () => api.ask() },
        icon("cross"),
        t("decision.dismiss"),
        h("kbd", {}, "D"),
      ),
    ];
  }

  function question() {
    const canned = REASONS.map((name, index) =>
      h(
        "button",
        {
          type: "button",
          disabled: busy(),
          onclick: () => settle("dismissed", reasonForRecord(name)),
        },
        h("kbd", {}, String(index + 1)),
        t(`reason.${name}`),
      ),
    );
    const words = h("input", {
      id: "reason-words",
      "data-name": "reason-words",
      maxlength: 500,
      required: true,
      disabled: busy(),
      autocomplete: "off",
      placeholder: t("reason.placeholder"),
    });
    const submit = (event) => {
      event.preventDefault();
      if (words.value.trim()) settle("dismissed", words.value.trim());
    };
    return h(
      "div",
      { class: "reasons", role: "group", "aria-label": t("reason.ask") },
      h("p", {}, h("strong", {}, t("reason.ask"))),
      h("div", { class: "canned" }, ...canned),
      h(
        "form",
        { onsubmit: submit },
        h(
          "label",
          { for: "reason-words" },
          h("kbd", {}, String(REASONS.length + 1)),
          t("reason.other"),
        ),
        words,
        h("button", { type: "submit", disabled: busy() }, t("reason.send")),
        h(
          "button",
          { type: "button", class: "quiet", onclick: () => api.cancel() },
          t("reason.cancel"),
        ),
      ),
    );
  }

  function draw() {
    // What is being typed must survive a redraw, such as a sighting that comes in meanwhile.
    const typed = root.querySelector("#reason-words")?.value ?? "";
    const open = waitsForOperator(found);
    swap(root, open ? (asking ? [question()] : choices()) : [decided()]);
    const words = root.querySelector("#reason-words");
    if (words && typed) words.value = typed;
  }

  const api = {
    /** Redraws only what a verdict changes, so that a sighting does not take the focus away. */
    show(next, { redraw = false } = {}) {
      const other = next.id !== found?.id;
      const settled = next.status !== found?.status;
      if (other || settled) asking = false;
      if (other) root.replaceChildren();
      found = next;
      if (other || settled || redraw) draw();
    },
    get asking() {
      return asking;
    },
    confirm: () => settle("confirmed"),
    ask() {
      if (busy() || !found || !waitsForOperator(found)) return;
      asking = true;
      draw();
      root.querySelector(".canned button").focus();
    },
    /** The n-th reason; the last number leads to the free words. */
    choose(number) {
      if (!asking || number > REASONS.length + 1) return;
      if (number === REASONS.length + 1) root.querySelector("#reason-words").focus();
      else settle("dismissed", reasonForRecord(REASONS[number - 1]));
    },
    cancel() {
      asking = false;
      draw();
      root.querySelector(".dismiss")?.focus();
    },
  };
  return api;
}
