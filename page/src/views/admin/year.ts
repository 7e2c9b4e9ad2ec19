// A year as a calendar hangs on a wall: months of weeks, Monday first.

import type { Schemas } from "@/api/client";

export type Kind = "work" | "weekend" | "holiday" | "makeup";

export interface Day {
  /** Day of the month. */
  day: number;
  /** As 2026-11-25. */
  date: string;
  kind: Kind;
  special: Schemas["CalendarDay"] | undefined;
}

export interface Month {
  month: number;
  /** Weeks of seven places; null before the first day and after the last. */
  weeks: (Day | null)[][];
}

/** @param special the days that are not as their weekday */
export function monthsOf(year: number, special: readonly Schemas["CalendarDay"][]): Month[] {
  const known = new Map(special.map((one) => [one.date, one]));
  return Array.from({ length: 12 }, (_, index) => {
    const count = new Date(Date.UTC(year, index + 1, 0)).getUTCDate();
    const first = (new Date(Date.UTC(year, index, 1)).getUTCDay() + 6) % 7;
    const places: (Day | null)[] = Array<null>(first).fill(null);
    for (let day = 1; day <= count; day += 1) {
      const date = new Date(Date.UTC(year, index, day)).toISOString().slice(0, 10);
      const isWeekend = places.length % 7 >= 5;
      const one = known.get(date);
      const plain: Kind = isWeekend ? "weekend" : "work";
      const kind = one === undefined ? plain : one.works ? "makeup" : "holiday";
      places.push({ day, date, kind, special: one });
    }
    while (places.length % 7 !== 0) places.push(null);
    const weeks = Array.from({ length: places.length / 7 }, (_unused, week) =>
      places.slice(week * 7, week * 7 + 7),
    );
    return { month: index + 1, weeks };
  });
}

/** How many of these days are worked. */
export function workDays(months: readonly Month[]): number {
  const days = months.flatMap((month) => month.weeks.flat());
  return days.filter((one) => one?.kind === "work" || one?.kind === "makeup").length;
}
