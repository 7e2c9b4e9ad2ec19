import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { beginningOf, endOf, momentOf } from "@/views/admin/days";
import { newPassword } from "@/views/admin/password";
import { byNeed, standingOf } from "@/views/admin/subscriptions";
import { monthsOf, workDays } from "@/views/admin/year";

describe("a year", () => {
  const special = [
    { date: "2026-01-01", works: false, name_zh: "元旦", name_en: "New Year", own: false },
    { date: "2026-01-04", works: true, name_zh: "", name_en: "", own: false },
  ];
  const months = monthsOf(2026, special);

  it("has twelve months of whole weeks, Monday first", () => {
    expect(months.map((one) => one.month)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(months.flatMap((one) => one.weeks).every((week) => week.length === 7)).toBe(true);
    // 1 January 2026 is a Thursday, 28 February a Saturday.
    expect(months[0]?.weeks[0]?.map((one) => one?.day ?? 0)).toEqual([0, 0, 0, 1, 2, 3, 4]);
    expect(months[1]?.weeks.at(-1)?.map((one) => one?.day ?? 0)).toEqual([
      23, 24, 25, 26, 27, 28, 0,
    ]);
    expect(months.flatMap((one) => one.weeks.flat()).filter((one) => one).length).toBe(365);
  });

  it("knows holidays in the week, and weekend days that are worked", () => {
    expect(months[0]?.weeks[0]?.slice(3).map((one) => one?.kind)).toEqual([
      "holiday",
      "work",
      "weekend",
      "makeup",
    ]);
    expect(workDays(monthsOf(2026, []))).toBe(261);
    expect(workDays(months)).toBe(261);
  });
});

describe("a receiver", () => {
  const now = Date.parse("2026-11-25T08:00:00Z");
  const good = {
    id: "a",
    state: "active",
    waiting: 0,
    failed: 0,
    oldest_waiting_at: null,
  } as unknown as Schemas["Subscription"];
  const waits = { ...good, id: "b", waiting: 2, oldest_waiting_at: "2026-11-25T07:59:00Z" };

  it("is stuck when something failed, has waited for long, or was ended by the receiver", () => {
    expect(standingOf(good, now)).toBe("good");
    expect(standingOf(waits, now)).toBe("waiting");
    expect(standingOf(waits, now + 5 * 60_000)).toBe("stuck");
    expect(standingOf({ ...good, failed: 1 }, now)).toBe("stuck");
    expect(standingOf({ ...good, state: "disabled" }, now)).toBe("stuck");
    expect(standingOf({ ...waits, state: "paused" }, now + 5 * 60_000)).toBe("paused");
  });

  it("that needs somebody stands first", () => {
    const failed = { ...good, id: "c", failed: 1 };
    expect(byNeed([good, waits, failed], now).map((one) => one.id)).toEqual(["c", "b", "a"]);
  });
});

describe("days of the district", () => {
  it("begin at midnight in Beijing", () => {
    expect(beginningOf("2026-11-25")).toBe("2026-11-24T16:00:00.000Z");
    expect(endOf("2026-11-25")).toBe("2026-11-25T16:00:00.000Z");
    expect(momentOf("2026-11-25T08:30")).toBe("2026-11-25T00:30:00.000Z");
  });
});

it("passwords to hand over are long, and of signs that are not taken for one another", () => {
  const made = Array.from({ length: 50 }, newPassword);
  expect(new Set(made).size).toBe(50);
  expect(made.every((one) => /^[A-Za-z2-9]{16}$/.test(one) && !/[loIO]/.test(one))).toBe(true);
});
