// What an alert is to this view: whether it waits, before which others, and what is said of it.

import type { Schemas } from "@/api/client";
import { language } from "@/i18n";

type Brief = Schemas["CaseBrief"];
type Full = Schemas["Case"];

/** A case as a list has it, with what only the whole case tells once it has been seen. */
export type Alert = Pick<Full, keyof Full & keyof Brief> &
  Partial<Omit<Full, keyof Brief>> &
  Partial<Omit<Brief, keyof Full>>;

/** Whether it waits for a verdict. */
export function waits(found: Alert): boolean {
  return (
    !found.settling &&
    !found.snoozed &&
    (found.status === "reported" ||
      (found.source === "camera" && found.status === "pending_verify"))
  );
}

/** Urgent ones first, then the newest. */
export function inOrder(alerts: Iterable<Alert>): Alert[] {
  const rank = ({ urgent }: Alert) => (urgent === true ? 1 : 0);
  return [...alerts].sort((a, b) => rank(b) - rank(a) || b.id - a.id);
}

/**
 * What is to go where more has come than there is room for: the oldest, but nothing urgent, and not
 * what is looked at.
 */
export function surplus(alerts: Iterable<Alert>, room: number, shown: number | null): number[] {
  const all = [...alerts];
  const old = all.filter(({ urgent, id }) => urgent !== true && id !== shown).map(({ id }) => id);
  return old.sort((a, b) => a - b).slice(0, Math.max(all.length - room, 0));
}

/** The next one that waits, in the order of the list; undefined at its end. */
export function neighbour(rows: readonly Alert[], id: number, step: 1 | -1): Alert | undefined {
  const at = rows.findIndex((row) => row.id === id);
  const beyond = step === 1 ? rows.slice(at + 1) : rows.slice(0, Math.max(at, 0)).reverse();
  return beyond.find(waits);
}

/** Whether a word on a case is not an older one than what is known of it. */
export function newer(found: Alert, before: Alert | undefined): boolean {
  return before === undefined || (before.version ?? 0) <= (found.version ?? 0);
}

export function where({ place }: Alert): string {
  return place.address || place.camera_name || place.camera_id || "";
}

/** In one sentence why it fired; of what people told, what they said. */
export function why({ explanation, why_zh, why_en, description }: Alert): string {
  const [zh, en] = [explanation?.text_zh || why_zh, explanation?.text_en || why_en];
  return (language() === "en" ? en || zh : zh || en) || description || "";
}

export interface Verdict {
  by: string;
  at: string;
  verdict: Schemas["Verdict"];
}

/** Who has settled it, or is about to; null while nobody has. */
export function verdictOf(found: Alert): Verdict | null {
  if (found.settling) return found.settling;
  if (!found.decided_at) return null;
  const verdict = found.status === "voided" ? "dismissed" : "confirmed";
  return { by: found.decided_by ?? "", at: found.decided_at, verdict };
}

export interface Limit {
  state: "plenty" | "soon" | "over";
  leftMs: number;
}

/** A quarter of its time, and at least half an hour, is soon. */
const SOON = 0.25;
const SOON_MS = 30 * 60_000;

/** How much time is left for it; null where no deadline runs. */
export function limitOf(found: Alert, now: number): Limit | null {
  if (!found.due_at) return null;
  const due = Date.parse(found.due_at);
  const leftMs = due - now;
  const soon = Math.max(SOON_MS, SOON * (due - Date.parse(found.received_at)));
  return { state: leftMs < 0 ? "over" : leftMs < soon ? "soon" : "plenty", leftMs };
}

/** In so many minutes a place may ring again. */
export const SNOOZES = { half_hour: 30, two_hours: 120 } as const;

const DAY_MS = 86_400_000;
const MORNING_MS = 8 * 3_600_000;

/** Tomorrow at eight, by the district's clock. */
export function tomorrow(now: number, zoneMs: number): number {
  const midnight = Math.floor((now + zoneMs) / DAY_MS) * DAY_MS - zoneMs;
  return midnight + DAY_MS + MORNING_MS;
}
