// How much time a case has left, and who was told of it.

import { getNotices, getTimers, postSendAgain } from "./api.js";
import { h, swap } from "./dom.js";
import { fullTime, span } from "./format.js";
import { language, named, t } from "./i18n.js";

/** Deliveries make no event: they are looked for while a case is open. */
const EVERY_MS = 10000;
const SETTLED_MS = 150;

function timerLine(timer) {
  const { limit, state, left_s, deadline } = timer;
  const label = language() === "en" ? limit.label_en : limit.label_zh;
  const open = timer.ended_at === null;
  const left =
    left_s < 0 ? t("timers.over", { time: span(-left_s) }) : t("timers.left", { time: span(left_s) });
  return h(
    "li",
    { class: `timer ${state}` },
    h("strong", {}, named(timer)),
    h("span", {}, label),
    h("span", { class: "state" }, t(`timer.${state}`)),
    open && h("span", {}, left),
    deadline && h("time", { datetime: deadline }, t("timers.deadline", { time: fullTime(deadline) })),
    timer.deadline_may_move && h("small", {}, t("timers.may_move")),
  );
}

function noticeLine(notice, again) {
  const last = notice.tried.at(-1);
  const who = [notice.role, notice.name, notice.phone ?? notice.email].filter(Boolean).join(" ");
  const when = notice.settled_at ?? last?.at ?? notice.created_at;
  return h(
    "li",
    { class: `notice ${notice.state}` },
    h("strong", {}, who),
    notice.why && notice.why !== "duty" && h("small", {}, t(`notice.${notice.why}`)),
    h("span", {}, t("notices.through", { channel: notice.channel })),
    h("span", { class: "state" }, t(`notice.${notice.state}`)),
    h("time", { datetime: when }, fullTime(when)),
    notice.state !== "sent" && notice.detail && h("small", {}, notice.detail),
    notice.state === "failed" &&
      h(
        "button",
        { type: "button", "data-name": `again-${notice.id}`, onclick: () => again(notice.id) },
        t("notices.again"),
      ),
  );
}

/**
 * @param {{root: HTMLElement, heading: (words: string) => HTMLElement,
 *   failed: (error: Error) => void}} parts
 */
export function createTold({ root, heading, failed }) {
  let shown = null;
  let waiting = null;

  async function load() {
    const id = shown;
    clearTimeout(waiting);
    // What this reader may not see, or the server cannot give now, is left out: the case stands.
    const [timers, notices] = await Promise.all([
      getTimers(id).then((found) => found.items, () => []),
      getNotices(id).then((found) => found.items, () => []),
    ]);
    if (id !== shown) return;
    swap(root, [
      timers.length > 0 && heading(t("timers.title")),
      timers.length > 0 && h("ul", { class: "timers" }, ...timers.map(timerLine)),
      notices.length > 0 && heading(t("notices.title")),
      notices.length > 0 &&
        h("ul", { class: "notices" }, ...notices.map((notice) => noticeLine(notice, again))),
    ]);
    waiting = setTimeout(load, EVERY_MS);
  }

  function again(notice) {
    postSendAgain(notice).then(load, failed);
  }

  return {
    /** Shows what belongs to a case, and keeps it fresh until another is shown. */
    show(found) {
      if (found.id !== shown) root.replaceChildren();
      shown = found.id;
      clearTimeout(waiting);
      waiting = setTimeout(load, SETTLED_MS); // walking through the list asks for the last one only
    },
  };
}
