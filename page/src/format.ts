// Times, ages and durations as the reader's language has them. The district's time zone, always.

import { language, t } from "@/i18n";

const ZONE = "Asia/Shanghai";

function parts(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language(), { timeZone: ZONE, hourCycle: "h23", ...options });
}

/** Hours and minutes. */
export function clockTime(at: number | string): string {
  return parts({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
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
