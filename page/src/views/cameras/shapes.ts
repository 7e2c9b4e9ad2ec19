// What is drawn in a picture: points as shares (0..1) of its width and height.

export type Point = [number, number];

/** Nearer than this a point is the one that is there already, or on the picture's edge. */
export const SNAP = 0.012;

const share = (value: number) => Math.min(1, Math.max(0, value));
const near = (one: Point, other: Point) =>
  Math.abs(one[0] - other[0]) < SNAP && Math.abs(one[1] - other[1]) < SNAP;

/** A point within the picture, on its edge or on another point where it is near to it. */
export function snapped(point: Point, others: readonly Point[] = []): Point {
  const inside: Point = [share(point[0]), share(point[1])];
  const other = others.find((each) => near(each, inside));
  if (other !== undefined) return [other[0], other[1]];
  return inside.map((value) => (value < SNAP ? 0 : value > 1 - SNAP ? 1 : round(value))) as Point;
}

/** So that what is saved reads as what was drawn: a tenth of a thousandth is less than a pixel. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function side(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

/** Whether a polygon crosses itself. */
export function crosses(polygon: readonly Point[]): boolean {
  const edges = polygon.map((from, at) => [from, polygon[(at + 1) % polygon.length]] as const);
  return edges.some(([a, b], one) =>
    edges.some(([c, d], other) => {
      const apart = Math.abs(one - other);
      if (b === undefined || d === undefined || other <= one) return false;
      if (apart < 2 || apart === polygon.length - 1) return false;
      return cross(a, b, c, d);
    }),
  );
}

/** As SVG has it in a box of 1 by 1. */
export function path(polygon: readonly Point[]): string {
  return polygon.map(([x, y]) => `${x},${y}`).join(" ");
}

/** What was there before, and what was taken back. */
export class Steps<T> {
  private before: string[] = [];
  private after: string[] = [];
  private current: string;

  constructor(first: T) {
    this.current = JSON.stringify(first);
  }

  /** Note what is there now, if it is something else than before. */
  note(now: T): void {
    const text = JSON.stringify(now);
    if (text === this.current) return;
    this.before.push(this.current);
    this.after = [];
    this.current = text;
  }

  undo(): T | null {
    return this.move(this.before, this.after);
  }

  redo(): T | null {
    return this.move(this.after, this.before);
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  get canRedo(): boolean {
    return this.after.length > 0;
  }

  private move(from: string[], to: string[]): T | null {
    const text = from.pop();
    if (text === undefined) return null;
    to.push(this.current);
    this.current = text;
    return JSON.parse(text) as T;
  }
}
