// From counts to charts and tables: pure, so that it is tested without a browser.

import type { Schemas } from "@/api/client";

export type Figures = Schemas["Figures"];
export type Count = Schemas["Count"];

/** A row of a chart: what it is of, and how many cases. */
export interface Row {
  name: string;
  cases: number;
}

/** So many rows are drawn; the rest is one more row. */
const MOST_ROWS = 12;

/**
 * The rows of a chart, the most frequent first.
 *
 * @param name what a count is of
 * @param rest what the many small ones together are called
 */
export function rowsOf(
  found: readonly Count[],
  name: (count: Count) => string,
  rest: string,
): Row[] {
  const rows = found.map((each) => ({ name: name(each), cases: each.cases }));
  if (rows.length <= MOST_ROWS) return rows;
  const others = rows.slice(MOST_ROWS - 1);
  const sum = others.reduce((total, each) => total + each.cases, 0);
  return [...rows.slice(0, MOST_ROWS - 1), { name: rest, cases: sum }];
}

/** The beginning of today and of this week (Monday), in a zone that is so far ahead of UTC. */
export function beginnings(now: number, offsetMs: number): { today: Date; week: Date } {
  const dayMs = 86_400_000;
  const local = now + offsetMs;
  const today = Math.floor(local / dayMs) * dayMs;
  const weekday = (new Date(today).getUTCDay() + 6) % 7;
  return { today: new Date(today - offsetMs), week: new Date(today - weekday * dayMs - offsetMs) };
}

/** A share as people read it. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)}%`;
}

/** The table as a file that spreadsheets open: with a mark of its encoding, so that Chinese stays. */
export function csv(head: string[], rows: readonly Row[]): string {
  const cell = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
  const lines = [head, ...rows.map((row) => [row.name, row.cases])];
  return "\uFEFF" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}
