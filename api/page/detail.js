// One case in full.

import { createClip } from "./clip.js";
import { createDecision } from "./decision.js";
import { h, icon, swap } from "./dom.js";
import { age, fullTime } from "./format.js";
import { t } from "./i18n.js";
import { createPicture } from "./picture.js";
import {
  cameraName,
  categoryCode,
  kindName,
  placeName,
  sourceName,
  statusChip,
  why,
} from "./words.js";

/** A heading over times: each says in which zone they are. */
function heading(words) {
  return h("h3", {}, words, h("span", { class: "zone" }, t("time.zone")));
}

function facts(found) {
  const { longitude, latitude } = found.place;
  const rows = [
    ["facts.number", found.number],
    ["facts.category", `${categoryCode(found)} ${kindName(found)}`],
    ["facts.camera", cameraName(found)],
    ["facts.address", found.place.address],
    [
      "facts.position",
      longitude !== null && latitude !== null ? `${longitude}, ${latitude} (WGS 84)` : "",
    ],
    ["facts.first_seen", fullTime(found.first_seen)],
    ["facts.confirmed_at", found.confirmed_at && fullTime(found.confirmed_at)],
    ["facts.last_seen", fullTime(found.last_seen)],
    ["facts.received_at", fullTime(found.received_at)],
    ["facts.source", found.witnesses.map(({ source }) => sourceName(source)).join(t("list.comma"))],
    ["facts.description", found.description],
    ["facts.recurs_of", found.recurs_of && h("a", { href: `#/cases/${found.recurs_of}` }, `#${found.recurs_of}`)],
    ["facts.clock", found.clock && t(`clock.${found.clock}`)],
    ["facts.label", found.label],
    ["facts.rule", found.rule],
    ["facts.model", found.model],
  ];
  const shown = rows.filter(([, value]) => value);
  return h("dl", {}, ...shown.flatMap(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)]));
}

/** What stays for days is seen hundreds of times: a run of such sightings becomes one line. */
function sightings(found) {
  const runs = [];
  for (const { at, status } of found.sightings) {
    const last = runs.at(-1);
    if (last?.status === status && status === "still_there") {
      last.count += 1;
      last.at = at;
    } else runs.push({ at, status, since: at, count: 1 });
  }
  return runs.map(({ at, status, since, count }) => {
    const words = t(`sighting.${status}`);
    const repeated = () => t("timeline.repeated", { words, count, time: fullTime(since) });
    return { at, status, words: count > 1 ? repeated() : words };
  });
}

/** Who else told of it, after the first. */
function witnesses(found) {
  return found.witnesses.slice(1).map((witness) => ({
    at: witness.attached_at,
    words: t("timeline.witness", {
      source: sourceName(witness.source),
      place: witness.place.camera_name || witness.place.camera_id || witness.place.address,
    }),
  }));
}

function timeline(found) {
  const moments = [
    { at: found.first_seen, words: t("timeline.first_seen") },
    ...sightings(found),
    ...witnesses(found),
  ];
  if (found.confirmed_at)
    moments.push({ at: found.confirmed_at, words: t("timeline.confirmed_at") });
  if (found.decided_at) moments.push({ at: found.decided_at, words: t(`status.${found.status}`) });
  moments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const items = moments.map(({ at, words, status }) =>
    h("li", { class: status }, h("time", { datetime: at }, fullTime(at)), h("span", {}, words)),
  );
  return h("ol", { class: "timeline" }, ...items);
}

function signature(found, wanted) {
  const files = found.evidence.filter((file) => wanted(file.role));
  return [found.id, ...files.map((file) => file.sha256)].join(" ");
}

function clearedNote(found) {
  if (!found.cleared_at) return null;
  const words = t("cleared.long", { time: fullTime(found.cleared_at) });
  return h("p", { class: "cleared-note" }, icon("clean"), words);
}

/**
 * @param {{root: HTMLElement, zoom: object, back: () => void,
 *   decide: (found: object, verdict: string, reason: string) => Promise<void>}} parts
 */
export function createDetail({ root, zoom, back, decide }) {
  const head = h("div", { class: "detail-head" });
  const whyRoot = h("div", { class: "why" });
  const courseRoot = h("section", { class: "course" });
  const factsRoot = h("section", { class: "facts" });
  const pictureRoot = h("div", { class: "picture" });
  const clipRoot = h("div", { class: "clip" });
  const verdictRoot = h("div", { class: "verdict" });
  const picture = createPicture({ root: pictureRoot, zoom });
  const clip = createClip({ root: clipRoot });
  const decision = createDecision({ root: verdictRoot, decide });
  let shownId = null;
  let shownPictures = "";
  let shownClips = "";

  function drawHead(found) {
    swap(head, [
      h(
        "button",
        {
          type: "button",
          class: "back",
          "data-name": "back",
          "aria-label": t("detail.back"),
          onclick: back,
        },
        icon("back"),
      ),
      h(
        "div",
        { class: "title" },
        h("h2", {}, kindName(found), " ", h("span", { class: "code" }, categoryCode(found))),
        h("p", {}, placeName(found)),
      ),
      h(
        "div",
        { class: "title-state" },
        statusChip(found),
        h(
          "time",
          { datetime: found.received_at, "data-age": found.received_at },
          age(found.received_at),
        ),
      ),
    ]);
  }

  return {
    picture,
    clip,
    decision,
    /** Shows a case; its picture and clip are left alone unless the files themselves changed. */
    show(found, { redraw = false } = {}) {
      if (!head.isConnected) {
        const left = h("div", { class: "column" }, pictureRoot, whyRoot, courseRoot);
        const right = h("div", { class: "column" }, clipRoot, factsRoot);
        root.replaceChildren(head, h("div", { class: "detail-body" }, left, right), verdictRoot);
      }
      drawHead(found);
      swap(whyRoot, [h("p", {}, why(found)), clearedNote(found)]);
      swap(courseRoot, [heading(t("timeline.title")), timeline(found)]);
      swap(factsRoot, [heading(t("facts.title")), facts(found)]);
      const pictures = signature(found, (role) => role !== "clip");
      const clips = signature(found, (role) => role === "clip");
      if (pictures !== shownPictures || redraw) picture.show(found);
      if (clips !== shownClips || redraw) clip.show(found);
      if (found.id !== shownId) root.scrollTop = 0;
      [shownId, shownPictures, shownClips] = [found.id, pictures, clips];
      decision.show(found, { redraw });
    },
  };
}
