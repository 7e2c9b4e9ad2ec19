// The course of a case: what the camera saw, and each step of its life.

import { h } from "./dom.js";
import { fullTime } from "./format.js";
import { named, t } from "./i18n.js";
import { reasonForReader, sourceName } from "./words.js";

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

function said({ reason, opinion, note, department, handler, agency, ...more }) {
  const whose = department ?? agency ?? handler;
  const number = more.document ?? more.penalty_file ?? more.receipt;
  return [whose, number, opinion ?? (reason && reasonForReader(reason)), note];
}

/** The steps of the case's life; what the system does by itself is in the states already. */
function steps(history) {
  return history
    .filter(({ action, by_kind: kind }) => action !== "file" && kind !== "system")
    .map((step) => ({
      at: step.at,
      status: "step",
      words: [named(step), step.by, ...said(step.fields)].filter(Boolean).join(" · "),
    }));
}

/** @param {object[]} history as the server tells it; empty as long as it is not there */
export function timeline(found, history) {
  const moments = [
    { at: found.first_seen, words: t("timeline.first_seen") },
    ...sightings(found),
    ...witnesses(found),
    ...steps(history),
  ];
  if (found.confirmed_at)
    moments.push({ at: found.confirmed_at, words: t("timeline.confirmed_at") });
  moments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const items = moments.map(({ at, words, status }) =>
    h("li", { class: status }, h("time", { datetime: at }, fullTime(at)), h("span", {}, words)),
  );
  return h("ol", { class: "timeline" }, ...items);
}
