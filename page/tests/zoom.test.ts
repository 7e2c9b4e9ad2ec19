import { describe, expect, it } from "vitest";
import { moved, WHOLE, zoomed } from "@/views/alerts/zoom";

describe("a picture from near", () => {
  it("keeps what lies under the pointer", () => {
    const at = { x: 0.25, y: 0.75 };
    const once = zoomed(WHOLE, 2, at);
    expect(once).toEqual({ scale: 2, x: -0.25, y: -0.75 });
    const twice = zoomed(once, 2, at);
    expect((at.x - twice.x) / twice.scale).toBeCloseTo((at.x - once.x) / once.scale);
  });

  it("never shows beyond its edges, and is never smaller than whole", () => {
    expect(zoomed(WHOLE, 0.5, { x: 0, y: 0 })).toEqual(WHOLE);
    const near = { scale: 2, x: -0.5, y: -0.5 };
    expect(moved(near, 5, 5)).toEqual({ scale: 2, x: 0, y: 0 });
    expect(moved(near, -5, -5)).toEqual({ scale: 2, x: -1, y: -1 });
    expect(zoomed(near, 0.1, { x: 0.5, y: 0.5 })).toEqual(WHOLE);
    expect(zoomed(near, 1000, { x: 0.5, y: 0.5 }).scale).toBe(12);
  });
});
