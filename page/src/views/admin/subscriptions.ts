// What is known of a receiver of events at a glance: whether it hears what it should.

import type { Schemas } from "@/api/client";

type Subscription = Schemas["Subscription"];

/** A message that waits for longer than this is held up by something. */
const LONG_MS = 5 * 60_000;

export type Standing = "good" | "waiting" | "paused" | "stuck";

/** @param now in milliseconds since 1970 */
export function standingOf(one: Subscription, now: number): Standing {
  const since = one.oldest_waiting_at === null ? now : Date.parse(one.oldest_waiting_at);
  if (one.state === "disabled" || one.failed > 0) return "stuck";
  if (one.state === "paused") return "paused";
  if (now - since > LONG_MS) return "stuck";
  return one.waiting > 0 ? "waiting" : "good";
}

const RANK: Readonly<Record<Standing, number>> = { stuck: 0, waiting: 1, paused: 2, good: 3 };

/** Those that need somebody first. */
export function byNeed(all: readonly Subscription[], now: number): Subscription[] {
  return [...all].sort((a, b) => RANK[standingOf(a, now)] - RANK[standingOf(b, now)]);
}

/** What each shape needs beside an address; the server has sensible values for the rest. */
export const OPTIONS = {
  webhook: [],
  egova: ["client_id", "client_secret", "sender_code"],
  georeport: ["api_key"],
} as const satisfies Record<Schemas["Adapter"], readonly string[]>;
