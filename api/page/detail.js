// One case in full.

import { createActions } from "./actions.js";
import { createClip } from "./clip.js";
import { timeline } from "./course.js";
import { createDecision } from "./decision.js";
import { h, icon, swap } from "./dom.js";
import { age, fullTime } from "./format.js";
import { createHanded } from "./handed.js";
import { language, t } from "./i18n.js";
import { createPicture } from "./picture.js";
import { createTold } from "./told.js";
import {
  cameraName,
  categoryCode,
  kindName,
  placeName,
  said,
  sourceName,
  statusChip,
  why,
} from "./words.js";

/** A heading over times: each says in which zone they are. */
function heading(words) {
  return h("h3", {}, words, h("span", { class: "zone" }, t("time.zone")));
}

function condition(found) {
  if (!found.condition) return "";
  const { grade, condition_zh: zh, condition_en: en } = found.condition;
  return `${grade} · ${language() === "en" ? en : zh}`;
}

/** The camera, and a way to what is on record of it; a maker's alarm may name none. */
function camera(found, record) {
  const { camera_id: id } = found.place;
  if (!id) return cameraName(found);
  const open = { type: "button", class: "small", "data-name": "record", onclick: () => record.open(id) };
  return h("span", {}, cameraName(found), " ", h("button", open, t("record.open")));
}

function facts(found, record) {
  const { longitude, latitude } = found.place;
  const rows = [
    ["facts.number", found.number],
    ["facts.category", `${categoryCode(found)} ${kindName(found)}`],
    ["facts.camera", camera(found, record)],
    ["facts.address", found.place.address],
    [
      "facts.position",
      longitude !== null && latitude !== null ? `${longitude}, ${latitude} (WGS 84)` : "",
    ],
    ["facts.condition", condition(found)],
    ["facts.department", found.department],
    ["facts.handler", found.handler],
    ["facts.reworks", found.reworks || ""],
    ["facts.postponed", found.postponed || ""],
    ["facts.shelved_at", found.shelved_at && fullTime(found.shelved_at)],
    ["facts.reviewed_by", found.reviewed_by],
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

function signature(found, wanted) {
  const files = found.evidence.filter((file) => wanted(file.role));
  return [found.id, ...files.map((file) => file.sha256)].join(" ");
}

function secondLook(found) {
  const words = said(found.second_look);
  return words ? h("p", { "data-name": "second-look" }, t("look.second", { words })) : null;
}

function clearedNote(found) {
  if (!found.cleared_at) return null;
  const words = t("cleared.long", { time: fullTime(found.cleared_at) });
  return h("p", { class: "cleared-note" }, icon("clean"), words);
}

/**
 * @param {{root: HTMLElement, zoom: object, back: () => void,
 *   life: {history: (id: number) => Promise<object[]>, ask: Function, standards: Function,
 *     act: Function, decide: Function}, failed: (error: Error) => void,
 *   tell: (words: string) => void, record: {open: (camera: string) => void}}} parts
 */
export function createDetail({ root, zoom, back, life, failed, tell, record }) {
  const head = h("div", { class: "detail-head" });
  const whyRoot = h("div", { class: "why" });
  const courseRoot = h("section", { class: "course" });
  const actionsRoot = h("section", { class: "actions", hidden: true });
  const factsRoot = h("section", { class: "facts" });
  const toldRoot = h("section", { class: "told" });
  const handedRoot = h("section", { class: "handed" });
  const pictureRoot = h("div", { class: "picture" });
  const clipRoot = h("div", { class: "clip" });
  const verdictRoot = h("div", { class: "verdict" });
  const picture = createPicture({ root: pictureRoot, zoom });
  const clip = createClip({ root: clipRoot });
  const decision = createDecision({ root: verdictRoot, decide: life.decide });
  const actions = createActions({ root: actionsRoot, tell, failed, ...life });
  const limits = createTold({ root: toldRoot, heading, failed });
  const handed = createHanded({ root: handedRoot, heading });
  let shownId = null;
  let shownPictures = "";
  let shownClips = "";
  let told = { id: null, history: [] };
  let asked = 0;

  /** Draws what is known at once, and again when the server has told the rest. */
  async function drawCourse(found) {
    const draw = () => {
      const history = told.id === found.id ? told.history : [];
      swap(courseRoot, [heading(t("timeline.title")), timeline(found, history)]);
    };
    const mine = ++asked;
    draw();
    const history = await life.history(found.id);
    if (mine !== asked) return;
    told = { id: found.id, history };
    draw();
    handed.show(found, history);
  }

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
    actions,
    /** Shows a case; its picture and clip are left alone unless the files themselves changed. */
    show(found, { redraw = false } = {}) {
      if (!head.isConnected) {
        const left = h("div", { class: "column" }, pictureRoot, whyRoot, courseRoot);
        const sections = [clipRoot, actionsRoot, toldRoot, handedRoot, factsRoot];
        const right = h("div", { class: "column" }, ...sections);
        root.replaceChildren(head, h("div", { class: "detail-body" }, left, right), verdictRoot);
      }
      drawHead(found);
      swap(whyRoot, [h("p", {}, why(found)), secondLook(found), clearedNote(found)]);
      drawCourse(found);
      swap(factsRoot, [heading(t("facts.title")), facts(found, record)]);
      const pictures = signature(found, (role) => role !== "clip");
      const clips = signature(found, (role) => role === "clip");
      if (pictures !== shownPictures || redraw) picture.show(found);
      if (clips !== shownClips || redraw) clip.show(found);
      if (found.id !== shownId) root.scrollTop = 0;
      [shownId, shownPictures, shownClips] = [found.id, pictures, clips];
      decision.show(found, { redraw });
      actions.show(found, { redraw });
      limits.show(found);
    },
  };
}
