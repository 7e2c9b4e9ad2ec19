import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { claimer, forgetOld } from "@/views/alerts/once";

describe("what is to happen once", () => {
  beforeEach(() => {
    localStorage.clear();
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  async function all(...asked: Promise<boolean>[]): Promise<number> {
    await vi.runAllTimersAsync();
    return (await Promise.all(asked)).filter(Boolean).length;
  }

  it("happens in one of the tabs that hear of it at the same moment", async () => {
    const tabs = ["a", "b", "c"].map(claimer);
    expect(await all(...tabs.map((claim) => claim(7)))).toBe(1);
    expect(await all(...tabs.map((claim) => claim(8)))).toBe(1);
  });

  it("does not happen again: not in this tab, nor in one that is opened later", async () => {
    const first = claimer("a");
    expect(await all(first(7))).toBe(1);
    expect(await all(first(7), claimer("later")(7))).toBe(0);
  });

  it("is forgotten after days", async () => {
    await all(claimer("a")(7));
    forgetOld(Date.now() + 86_400_000);
    expect(localStorage.length).toBe(1);
    forgetOld(Date.now() + 3 * 86_400_000);
    expect(localStorage.length).toBe(0);
  });
});
