// The course of a case: what was seen of it, and each step of its life, oldest first.

import type { Schemas } from "@/api/client";
import { moment } from "@/format";
import { named, t } from "@/i18n";

type Case = Schemas["Case"];
type Step = Schemas["HistoryEntry"];
export interface Moment {
  at: string;
  words: string;
}

/** Who told of it (问题来源); a source without words here stays as it came. */
export function sourceName(source: string): string {
  const words = t(`source.${source}`);
  return words === `source.${source}` ? source : words;
}

export function placeName({ place }: { place: Schemas["CasePlace"] }): string {
  return place.address || place.camera_name || place.camera_id || "";
}

/** What stays for days is seen hundreds of times: a run of such sightings becomes one line. */
function sightings(found: Case): Moment[] {
  const runs: { at: string; since: string; status: string; count: number }[] = [];
  for (const { at, status } of found.sightings) {
    const last = runs.at(-1);
    if (last?.status === "still_there" && status === "still_there") {
      last.count += 1;
      last.at = at;
    } else runs.push({ at, since: at, status, count: 1 });
  }
  return runs.map(({ at, since, status, count }) => {
    const words = t(`sighting.${status}`);
    const run = { words, count, time: moment(since) };
    return { at, words: count > 1 ? t("course.repeated", run) : words };
  });
}

/** Who else told of it, after the first. */
function witnesses(found: Case): Moment[] {
  return (found.witnesses ?? []).slice(1).map((witness) => ({
    at: witness.attached_at,
    words: t("course.witness", { source: sourceName(witness.source), place: placeName(witness) }),
  }));
}

const TOLD = [
  "department",
  "agency",
  "handler",
  "document",
  "penalty_file",
  "receipt",
  "opinion",
  "reason",
  "note",
];

function stepWords(step: Step): string {
  const fields = TOLD.map((name) => step.fields[name]);
  const told = fields.filter((value): value is string => typeof value === "string");
  return [named(step), step.by, ...told].filter((part) => part !== "").join(" · ");
}

export function course(found: Case, history: readonly Step[]): Moment[] {
  // What the system does by itself is in the states already, and the filing in the first report.
  const steps = history.filter((step) => step.action !== "file" && step.by_kind !== "system");
  const confirmed = found.confirmed_at;
  const all = [
    { at: found.first_seen, words: t("course.first_seen") },
    ...(confirmed ? [{ at: confirmed, words: t("course.confirmed") }] : []),
    ...sightings(found),
    ...witnesses(found),
    ...steps.map((step) => ({ at: step.at, words: stepWords(step) })),
  ];
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The clean pictures of a case by time; the marked copy of a look serves where no clean one is. */
export function pictures(found: Case): Schemas["EvidenceView"][] {
  const all = found.evidence.filter((file) => file.role !== "clip");
  const clean = all.filter((file) => file.role === "snapshot");
  return (clean.length > 0 ? clean : all).toSorted(
    (a, b) => Date.parse(a.captured_at) - Date.parse(b.captured_at),
  );
}

/** The picture that was reported, and the newest of the work or the check; null if there is none yet. */
export function beforeAfter(found: Case) {
  const all = pictures(found);
  const confirmed = Date.parse(found.confirmed_at ?? found.first_seen);
  const far = (file: Schemas["EvidenceView"]) => Math.abs(Date.parse(file.captured_at) - confirmed);
  const before = all
    .filter((file) => file.usage === "reported" && file.sighting == null)
    .sort((a, b) => far(a) - far(b))[0];
  const after = all.filter((file) => file.usage !== "reported").at(-1);
  return before && after ? { before, after } : null;
}
