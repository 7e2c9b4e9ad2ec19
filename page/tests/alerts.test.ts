import { describe, expect, it } from "vitest";
import {
  inOrder,
  limitOf,
  neighbour,
  newer,
  surplus,
  tomorrow,
  verdictOf,
  waits,
  type Alert,
} from "@/views/alerts/alerts";

const HOUR = 3_600_000;

function alert(id: number, more: Partial<Alert> = {}): Alert {
  return { id, version: 1, status: "reported", source: "camera", ...more } as Alert;
}

describe("alerts that wait", () => {
  it("are those nobody has settled or snoozed, and cameras' leads to be looked at", () => {
    expect(waits(alert(1))).toBe(true);
    expect(waits(alert(1, { status: "pending_verify" }))).toBe(true);
    expect(waits(alert(1, { status: "pending_verify", source: "hotline" }))).toBe(false);
    expect(waits(alert(1, { status: "voided" }))).toBe(false);
    expect(waits(alert(1, { settling: {} as Alert["settling"] }))).toBe(false);
    expect(waits(alert(1, { snoozed: {} as Alert["snoozed"] }))).toBe(false);
  });

  it("are let go from the oldest on where too many have come, but for the urgent and the shown", () => {
    const all = [alert(5), alert(1, { urgent: true }), alert(2), alert(3), alert(4)];
    expect(surplus(all, 3, 2)).toEqual([3, 4]);
    expect(surplus(all, 5, null)).toEqual([]);
    expect(surplus(all, 0, null)).toEqual([2, 3, 4, 5]);
  });

  it("come urgent ones first, then the newest", () => {
    const rows = inOrder([
      alert(1),
      alert(2, { urgent: true }),
      alert(4),
      alert(3, { urgent: true }),
    ]);
    expect(rows.map(({ id }) => id)).toEqual([3, 2, 4, 1]);
  });

  it("are one row a case: a sighting of it takes the row's place, an older word does not", () => {
    const rows = new Map([[1, alert(1, { version: 2 })]]);
    const take = (found: Alert) => {
      if (newer(found, rows.get(found.id))) rows.set(found.id, found);
    };
    take(alert(1, { version: 3, sighting_count: 2 }));
    take(alert(1, { version: 1, sighting_count: 1 }));
    expect([...rows.values()]).toEqual([alert(1, { version: 3, sighting_count: 2 })]);
  });

  it("are walked past those that somebody else has settled", () => {
    const rows = [alert(3), alert(2, { status: "voided" }), alert(1)];
    expect(neighbour(rows, 3, 1)?.id).toBe(1);
    expect(neighbour(rows, 1, -1)?.id).toBe(3);
    expect(neighbour(rows, 1, 1)).toBeUndefined();
    expect(neighbour(rows, 3, -1)).toBeUndefined();
  });
});

describe("a verdict", () => {
  it("is somebody's from the moment it is held", () => {
    const settling = { by: "王", at: "2026-01-01T00:00:00Z", verdict: "dismissed" };
    expect(verdictOf(alert(1))).toBeNull();
    expect(verdictOf(alert(1, { settling: settling as Alert["settling"] }))?.by).toBe("王");
    const made = alert(1, {
      status: "voided",
      decided_at: "2026-01-01T00:00:10Z",
      decided_by: null,
    });
    expect(verdictOf(made)).toEqual({ by: "", at: "2026-01-01T00:00:10Z", verdict: "dismissed" });
  });
});

describe("the limit", () => {
  const at = (due: number) =>
    alert(1, {
      received_at: new Date(0).toISOString(),
      due_at: new Date(due).toISOString(),
    });

  it("is soon in the last quarter, and in the last half hour; then it is over", () => {
    expect(limitOf(alert(1), 0)).toBeNull();
    expect(limitOf(at(8 * HOUR), 5 * HOUR)?.state).toBe("plenty");
    expect(limitOf(at(8 * HOUR), 6.5 * HOUR)?.state).toBe("soon");
    expect(limitOf(at(HOUR), 0.4 * HOUR)?.state).toBe("plenty");
    expect(limitOf(at(HOUR), 0.6 * HOUR)?.state).toBe("soon");
    expect(limitOf(at(HOUR), 2 * HOUR)).toEqual({ state: "over", leftMs: -HOUR });
  });
});

describe("tomorrow", () => {
  it("is at eight of the district's clock, whatever day it is in Greenwich", () => {
    const said = (now: string) => new Date(tomorrow(Date.parse(now), 8 * HOUR)).toISOString();
    expect(said("2026-01-01T15:59:00Z")).toBe("2026-01-02T00:00:00.000Z");
    expect(said("2026-01-01T16:01:00Z")).toBe("2026-01-03T00:00:00.000Z");
  });
});
