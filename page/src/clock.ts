// The server's time: a desk's own clock may be wrong, and ages and limits are counted by it.

import { ref } from "vue";

let offsetMs = 0;

/** The time now, changed every second, in milliseconds since 1970. */
export const now = ref(Date.now());

/** @param date an answer's `Date` header */
export function learnClock(date: string | null): void {
  const said = date === null ? NaN : Date.parse(date);
  // The header counts whole seconds: half of one is the best guess of the rest.
  if (!Number.isNaN(said)) offsetMs = said + 500 - Date.now();
}

setInterval(() => {
  now.value = Date.now() + offsetMs;
}, 1000);
