// The live line: server-sent events, and an honest word on whether it stands.

import { readonly, ref } from "vue";
import { now } from "@/clock";
import type { Schemas } from "@/api/client";

export type LineState = "connecting" | "live" | "lost" | "locked";
export type Alert = Schemas["Case"];

type Listener = {
  onCase?: (event: string, found: Alert) => void;
  onCamera?: () => void;
  onBack?: () => void;
};

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const PULSE_MS = 15_000;
const PULSE_PATIENCE_MS = 5000;

const current = ref<LineState>("connecting");
const lostAt = ref<number | null>(null);
const listeners = new Set<Listener>();
let source: EventSource | null = null;
let timer = 0;
let pulse = 0;
let wait = FIRST_WAIT_MS;
let events: readonly string[] = [];

export const state = readonly(current);
/** Since when the line is down, in milliseconds since 1970. */
export const lostSince = readonly(lostAt);

/** Hear what happens for as long as the returned function is not called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Open the line and keep it open.
 *
 * A browser reconnects by itself after a broken line, with the id of the last event that it heard,
 * but gives up on a refusal, and does not see a line that died without a word: so the server is asked
 * now and then whether it is there.
 *
 * @param names every type of event that is of a case, as the API lists them
 */
export function open(names: readonly string[]): void {
  events = names;
  reopen();
  clearInterval(pulse);
  pulse = window.setInterval(() => void feel(), PULSE_MS);
}

/** Ask the server for an answer, whichever: without one the line is as good as dead. */
async function feel(): Promise<void> {
  const signal = AbortSignal.timeout(PULSE_PATIENCE_MS);
  const there = await fetch("/v1/health", { cache: "no-store", signal }).then(
    () => true,
    () => false,
  );
  if (current.value === "live" && !there) become("lost");
  // Not the browser's own reconnection, which may wait for a connection that nobody holds any more.
  else if (current.value === "lost" && there) reopen();
}

window.addEventListener("offline", () => {
  if (current.value === "live") become("lost");
});
window.addEventListener("online", () => void feel());

export function reopen(): void {
  clearTimeout(timer);
  source?.close();
  source = new EventSource("/v1/alerts/stream");
  source.onopen = () => {
    wait = FIRST_WAIT_MS;
    const back = current.value === "lost";
    become("live");
    if (back) for (const each of listeners) each.onBack?.();
  };
  source.onerror = () => {
    become("lost");
    if (source?.readyState !== EventSource.CLOSED) return;
    timer = window.setTimeout(reopen, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
  source.addEventListener("camera.alert", () => {
    for (const each of listeners) each.onCamera?.();
  });
  for (const name of events) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      const found = JSON.parse(event.data) as Alert;
      for (const each of listeners) each.onCase?.(name, found);
    });
  }
}

/** Close it: nobody is signed in. */
export function lock(): void {
  clearTimeout(timer);
  clearInterval(pulse);
  source?.close();
  source = null;
  become("locked");
}

function become(next: LineState): void {
  if (next === "lost" && current.value !== "lost") lostAt.value = now.value;
  current.value = next;
}
