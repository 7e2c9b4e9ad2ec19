// What is watched and what is not, and how the cameras and their workers fare.

import { h, icon, swap } from "./dom.js";
import { age, clockTime } from "./format.js";
import { named, t } from "./i18n.js";
import { alertWords, said, troubleWords } from "./words.js";

const STATES = ["live", "degraded", "connecting", "stalled", "refused", "unheard"];
const MOOD_ICONS = { troubled: "alert", live: "dot", none: "ring" };

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

/**
 * One entry a camera. When its worker fell silent, so did all it said of the camera; another
 * worker that is alive and has taken the camera over speaks for it.
 */
function byCamera(cameras) {
  const entries = new Map();
  for (const camera of cameras) {
    const state = camera.alive ? camera.state : "unheard";
    if (camera.alive || !entries.has(camera.camera_id)) {
      entries.set(camera.camera_id, { ...camera, state });
    }
  }
  const rank = ({ state }) => STATES.indexOf(state);
  return [...entries.values()].sort((a, b) => rank(b) - rank(a));
}

function cameraItem(camera, record) {
  const { camera_id: id } = camera;
  return h(
    "li",
    { class: camera.state },
    icon(camera.state === "live" ? "dot" : "alert"),
    h("strong", {}, id),
    h("span", {}, t(`camera.${camera.state}`)),
    h("time", { datetime: camera.since, "data-age": camera.since }, age(camera.since)),
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        "data-name": `record-${id}`,
        "aria-label": t("record.open_of", { camera: id }),
        onclick: () => record.open(id),
      },
      t("record.open"),
    ),
    camera.reason && h("span", { class: "reason" }, troubleWords(camera.reason)),
  );
}

/** From this share of analyses left undone on, a worker has more to do than it can. */
const OVERLOADED = 0.01;

function workerTroubled(worker) {
  return !worker.alive || worker.outbox_rejected > 0 || worker.shed_share > OVERLOADED;
}

function workerItem(worker) {
  const troubled = workerTroubled(worker);
  return h(
    "li",
    { class: troubled ? "troubled" : "live" },
    icon(troubled ? "alert" : "dot"),
    h("strong", {}, worker.worker),
    h("span", {}, t("strip.heard", { time: clockTime(worker.last_heard) })),
    h(
      "span",
      { class: "reason" },
      t("strip.outbox", { waiting: worker.outbox_waiting, rejected: worker.outbox_rejected }),
    ),
    worker.shed_share > OVERLOADED &&
      h(
        "span",
        { class: "reason" },
        t("strip.shed", { share: Math.round(worker.shed_share * 100) }),
      ),
  );
}

/** A camera whose picture cannot be relied on: what is wrong with it, and whether reports are held. */
function alertItem(alert) {
  return h(
    "li",
    { class: "alert", "data-alert": alert.kind },
    icon("alert"),
    h("strong", {}, alert.camera_id || alert.worker),
    h("span", {}, alertWords(alert.kind)),
    h("time", { datetime: alert.since, "data-age": alert.since }, age(alert.since)),
    alert.holds && h("span", { class: "reason" }, t("alert.holds")),
    said(alert) && h("span", { class: "reason" }, said(alert)),
    alert.picture && h("a", { href: alert.picture, target: "_blank" }, t("alert.picture")),
  );
}

/** How it stands with all of them; where there is no camera, nothing is well or ill. */
function mood(cameras, workers, alerts) {
  if (alerts.some(({ holds }) => holds)) return "troubled";
  if (cameras.some(({ state }) => state !== "live") || workers.some(workerTroubled))
    return "troubled";
  return cameras.length ? "live" : "none";
}

function summary(cameras, alerts) {
  if (alerts.length) return `${summary(cameras, [])} · ${t("strip.alerts", { count: alerts.length })}`;
  if (!cameras.length) return t("strip.no_cameras");
  const counts = STATES.map((state) => [state, cameras.filter((c) => c.state === state).length]);
  const words = counts.filter(([, n]) => n).map(([state, n]) => `${t(`camera.${state}`)} ${n}`);
  return `${t("strip.cameras", { count: cameras.length })} · ${words.join(" · ")}`;
}

/**
 * @param {{kindsRoot: HTMLElement, camerasRoot: HTMLDetailsElement,
 *   record: {open: (camera: string) => void}}} parts `record` is what is on record of cameras
 */
export function createStrip({ kindsRoot, camerasRoot, record }) {
  // A list that hangs over the page goes away when the reader turns to something else.
  document.addEventListener("click", (event) => {
    if (!camerasRoot.contains(event.target)) camerasRoot.open = false;
  });

  camerasRoot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") camerasRoot.open = false;
  });

  return {
    /** @param {{kinds: object[], cameras: object[], workers: object[], alerts: object[]}} watching */
    show({ kinds, cameras, workers, alerts }) {
      kindsRoot.replaceChildren(...kindGroups(kinds));
      const known = byCamera(cameras);
      const all = mood(known, workers, alerts);
      camerasRoot.hidden = false;
      camerasRoot.className = `cameras ${all}`;
      const cameraItems = known.map((one) => cameraItem(one, record));
      const items = [...alerts.map(alertItem), ...cameraItems, ...workers.map(workerItem)];
      swap(camerasRoot, [
        h("summary", { "data-name": "summary" }, icon(MOOD_ICONS[all]), summary(known, alerts)),
        h("ul", {}, ...(items.length ? items : [h("li", {}, t("empty.nobody"))])),
      ]);
    },
  };
}
