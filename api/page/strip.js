// What is watched and what is not, and how the cameras fare.

import { h, icon, swap } from "./dom.js";
import { age, clockTime } from "./format.js";
import { named, t } from "./i18n.js";

const STATES = ["live", "degraded", "connecting", "stalled", "refused"];

function group(kinds, label, shape, style) {
  if (!kinds.length) return null;
  const items = kinds.map((kind) => {
    const heard = kind.last_heard && t("strip.heard", { time: clockTime(kind.last_heard) });
    return h("li", { class: `chip ${style}`, title: heard }, icon(shape), named(kind));
  });
  return h("div", { class: "kinds" }, h("span", { class: "label" }, label), h("ul", {}, ...items));
}

/** Three answers: watched; watched until its worker fell silent; not watched by anyone yet. */
function kindGroups(kinds) {
  const watched = kinds.filter((kind) => kind.watched);
  const silent = kinds.filter((kind) => !kind.watched && kind.last_heard);
  const never = kinds.filter((kind) => !kind.watched && !kind.last_heard);
  return [
    group(watched, t("strip.watched"), "check", "watched"),
    group(silent, t("strip.silent"), "alert", "silent"),
    group(never, t("strip.unwatched"), "ring", "unwatched"),
  ].filter(Boolean);
}

function cameraItem(camera) {
  return h(
    "li",
    { class: camera.state },
    icon(camera.state === "live" ? "dot" : "alert"),
    h("strong", {}, camera.camera_id),
    h("span", {}, t(`camera.${camera.state}`)),
    h("time", { datetime: camera.since, "data-age": camera.since }, age(camera.since)),
    camera.reason && h("span", { class: "reason" }, camera.reason),
  );
}

function summary(cameras) {
  if (!cameras.length) return t("strip.no_cameras");
  const counts = STATES.map((state) => [state, cameras.filter((c) => c.state === state).length]);
  const words = counts.filter(([, n]) => n).map(([state, n]) => `${t(`camera.${state}`)} ${n}`);
  return `${t("strip.cameras", { count: cameras.length })} · ${words.join(" · ")}`;
}

/** @param {{kindsRoot: HTMLElement, camerasRoot: HTMLDetailsElement}} parts */
export function createStrip({ kindsRoot, camerasRoot }) {
  // A list that hangs over the page goes away when the reader turns to something else.
  document.addEventListener("click", (event) => {
    if (!camerasRoot.contains(event.target)) camerasRoot.open = false;
  });

  return {
    /** @param {{kinds: object[], cameras: object[]}} watching */
    show({ kinds, cameras }) {
      kindsRoot.replaceChildren(...kindGroups(kinds));
      const order = (camera) => -STATES.indexOf(camera.state);
      const sorted = [...cameras].sort((a, b) => order(a) - order(b));
      const troubled = cameras.some((camera) => camera.state !== "live");
      camerasRoot.className = `cameras ${troubled ? "troubled" : ""}`;
      swap(camerasRoot, [
        h(
          "summary",
          { "data-name": "summary" },
          icon(troubled || !cameras.length ? "alert" : "dot"),
          summary(cameras),
        ),
        cameras.length > 0 && h("ul", {}, ...sorted.map(cameraItem)),
      ]);
    },
  };
}
