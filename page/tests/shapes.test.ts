// Zones on a picture: where corners land, which shapes are knots, what undo brings back.

import { describe, expect, it } from "vitest";
import { crosses, snapped, Steps, type Point } from "@/views/cameras/shapes";

describe("a corner", () => {
  it("stays within the picture, and is on its edge where it is near to it", () => {
    expect(snapped([-0.2, 0.005])).toEqual([0, 0]);
    expect(snapped([1.4, 0.995])).toEqual([1, 1]);
    expect(snapped([0.03, 0.5])).toEqual([0.03, 0.5]);
  });

  it("is another zone's corner where it is near to it", () => {
    const other: Point = [0.412, 0.6];
    expect(snapped([0.42, 0.605], [other])).toEqual(other);
    expect(snapped([0.45, 0.605], [other])).toEqual([0.45, 0.605]);
  });
});

describe("a polygon", () => {
  const square: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  it("is a knot where two of its sides cross", () => {
    const [a, b, c, d] = square as [Point, Point, Point, Point];
    expect(crosses(square)).toBe(false);
    expect(crosses([a, c, b, d])).toBe(true);
    expect(crosses([a, b, c])).toBe(false);
  });
});

describe("undo", () => {
  it("goes back step by step, and forth again until something else is done", () => {
    const steps = new Steps({ zones: 0 });
    steps.note({ zones: 1 });
    steps.note({ zones: 1 }); // nothing has changed: no step
    steps.note({ zones: 2 });
    expect(steps.undo()).toEqual({ zones: 1 });
    expect(steps.undo()).toEqual({ zones: 0 });
    expect(steps.undo()).toBeNull();
    expect(steps.redo()).toEqual({ zones: 1 });
    steps.note({ zones: 9 });
    expect(steps.canRedo).toBe(false);
    expect(steps.undo()).toEqual({ zones: 1 });
  });
});
