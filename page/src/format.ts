// Times, ages and durations as the reader's language has them. The district's time zone, always.

import { now } from "@/clock";
import { language, t } from "@/i18n";

const ZONE = "Asia/Shanghai";
/** What its clocks are ahead of UTC, all the year. */
export const ZONE_MS = 8 * 3_600_000;

function parts(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language(), { timeZone: ZONE, hourCycle: "h23", ...options });
}

/** Hours and minutes. */
export function clockTime(at: number | string): string {
  return parts({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** Hours and minutes, with the day where it is not today. */
export function shortMoment(at: number | string): string {
  const day = (when: number | string) => parts({ dateStyle: "short" }).format(new Date(when));
  const time = clockTime(at);
  if (day(at) === day(now.value)) return time;
  return `${parts({ month: "numeric", day: "numeric" }).format(new Date(at))} ${time}`;
}

/** Day and time, to the second. */
export function moment(at: number | string): string {
  return parts({ dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));
}

/** How long ago, in one unit. */
export function age(at: number | string, now: number): string {
  return duration(Math.max(0, now - new Date(at).getTime()));
}

/** A duration in its two greatest units, from minutes on. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("age.hours", { hours, minutes: minutes % 60 });
  return t("age.days", { days: Math.floor(hours / 24), hours: hours % 24 });
}
