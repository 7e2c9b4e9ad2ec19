import { describe, expect, it } from "vitest";
import { addressOf, asked, filtersOf } from "@/views/cases/filters";
import { beforeAfter, pictures } from "@/views/cases/course";
import type { Schemas } from "@/api/client";

function file(at: string, more: Partial<Schemas["EvidenceView"]> = {}): Schemas["EvidenceView"] {
  return {
    sha256: at,
    role: "snapshot",
    media_type: "image/jpeg",
    size: 1,
    captured_at: at,
    url: `/${at}`,
    sighting: null,
    witness: 1,
    usage: "reported",
    ...more,
  };
}

function found(...evidence: Schemas["EvidenceView"][]): Schemas["Case"] {
  const times = { first_seen: "2026-01-01T00:00:00Z", confirmed_at: "2026-01-01T00:10:00Z" };
  return { ...times, evidence } as unknown as Schemas["Case"];
}

describe("filters of cases", () => {
  it("come back from the address that they made", () => {
    const query = { group: "checking", street: "南山", overdue: "true", sort: "deadline" };
    expect(addressOf(filtersOf(query))).toEqual(query);
  });

  it("leave out what an address does not know, and ask nothing by default", () => {
    expect(filtersOf({ group: "toString", sort: "size" })).toEqual(filtersOf({}));
    expect(addressOf(filtersOf({}))).toEqual({});
    expect(asked(filtersOf({}))).toEqual({ sort: "received" });
  });

  it("ask for each state of a stage", () => {
    expect(asked(filtersOf({ group: "ended" })).status).toEqual(["closed", "voided"]);
  });
});

describe("pictures of a case", () => {
  const first = file("2026-01-01T00:00:00Z");
  const reported = file("2026-01-01T00:10:00Z");
  const handled = file("2026-01-02T00:00:00Z", { usage: "handled" });
  const checked = file("2026-01-03T00:00:00Z", { usage: "checked" });

  it("are compared once there is one of the work or the check: the reported, and the newest", () => {
    expect(beforeAfter(found(first, reported))).toBeNull();
    const all = found(checked, first, handled, reported);
    expect(beforeAfter(all)).toEqual({ before: reported, after: checked });
  });

  it("are the clean ones by time, without clips", () => {
    const marked = file("2026-01-01T00:05:00Z", { role: "annotated" });
    const clip = file("2026-01-01T00:06:00Z", { role: "clip" });
    expect(pictures(found(clip, reported, marked, first))).toEqual([first, reported]);
    expect(pictures(found(clip, marked))).toEqual([marked]);
  });
});
