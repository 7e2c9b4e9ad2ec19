// Counts become rows and files.

import { describe, expect, it } from "vitest";
import { beginnings, csv, percent, rowsOf, type Count } from "@/views/figures/figures";

const count = (key: string, cases: number): Count => ({ key, name_zh: "", name_en: "", cases });

describe("rows", () => {
  it("are the counts as they come, with their names", () => {
    expect(rowsOf([count("E-0102", 3)], (each) => `${each.key}!`, "rest")).toEqual([
      { name: "E-0102!", cases: 3 },
    ]);
  });

  it("lose no case where there are too many to draw", () => {
    const many = Array.from({ length: 40 }, (_, at) => count(String(at), 40 - at));
    const rows = rowsOf(many, (each) => each.key, "rest");
    expect(rows).toHaveLength(12);
    expect(rows.at(-1)?.name).toBe("rest");
    expect(rows.reduce((sum, row) => sum + row.cases, 0)).toBe((40 * 41) / 2);
  });
});

it("begins the day at midnight in the district, and the week on its Monday", () => {
  // Tuesday 1 December 2026, 07:30 in Jinan, is still Monday in UTC.
  const { today, week } = beginnings(Date.parse("2026-11-30T23:30:00Z"), 8 * 3_600_000);
  expect(today.toISOString()).toBe("2026-11-30T16:00:00.000Z");
  expect(week.toISOString()).toBe("2026-11-29T16:00:00.000Z");
});

it("says nothing of a share of nothing", () => {
  expect(percent(null)).toBe("–");
  expect(percent(0.5)).toBe("50.0%");
});

it("writes a table that spreadsheets read as Chinese", () => {
  const text = csv(["类别", "案卷数"], [{ name: '他说"脏"', cases: 1 }]);
  expect(text.startsWith("\uFEFF")).toBe(true);
  expect(text).toContain('"他说""脏""","1"');
});
