// Times, ages and numbers as operators read them. The district's time, wherever the browser is.

import { language, t } from "./i18n.js";

const ZONE = "Asia/Shanghai";
const PARTS = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

let skew = 0;

/** Takes the server's word for the time: desks' clocks are often wrong, and ages would be too. */
export function learnClock(dateHeader) {
  const server = Date.parse(dateHeader ?? "");
  // The header has whole seconds, so smaller differences say nothing.
  if (!Number.isNaN(server)) skew = Math.abs(server - Date.now()) > 2000 ? server - Date.now() : 0;
}

/** Milliseconds since the epoch, by the server's clock. */
export function now() {
  return Date.now() + skew;
}

function parts(moment) {
  const found = {};
  for (const { type, value } of PARTS.formatToParts(new Date(moment))) found[type] = value;
  return found;
}

/** `2026-11-25 16:24:31` in the district's zone. */
export function fullTime(moment) {
  const p = parts(moment);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}

/** `16:24:31` in the district's zone. */
export function clockTime(moment) {
  return fullTime(moment).slice(11);
}

/** How long ago, in one unit; the date once it is older than a week. */
export function age(moment) {
  const seconds = Math.max(0, (now() - Date.parse(moment)) / 1000);
  if (seconds < 45) return t("age.now");
  const relative = new Intl.RelativeTimeFormat(language(), { style: "short" });
  if (seconds < 3570) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 84600) return relative.format(-Math.round(seconds / 3600), "hour");
  if (seconds < 7 * 86400) return relative.format(-Math.round(seconds / 86400), "day");
  return fullTime(moment).slice(0, 10);
}

/** The time between two moments in words, whole seconds. */
export function duration(from, to) {
  return span((Date.parse(to) - Date.parse(from)) / 1000);
}

/** A span of time in words, whole seconds. */
export function span(length) {
  const total = Math.max(0, Math.round(length));
  const [hours, minutes, seconds] = [
    Math.floor(total / 3600),
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  if (hours) return t("duration.hours", { hours, minutes });
  if (minutes) return t("duration.minutes", { minutes, seconds });
  return t("duration.seconds", { seconds });
}
