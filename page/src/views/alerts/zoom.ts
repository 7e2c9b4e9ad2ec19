// A picture seen from nearer: how much, and which part.

/** `scale` is 1 for the whole; `x`, `y` move it, in shares of the frame. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
export const NEARER = 1.5;
const MOST = 12;

function within(low: number, value: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** No part of the frame stays empty. */
function filled({ scale, x, y }: View): View {
  return { scale, x: within(1 - scale, x, 0), y: within(1 - scale, y, 0) };
}

/**
 * Nearer by a factor, or farther; what lies at a point stays there.
 *
 * @param at the point, in shares of the frame
 */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = within(1, view.scale * factor, MOST);
  const real = scale / view.scale;
  return filled({
    scale,
    x: at.x - (at.x - view.x) * real,
    y: at.y - (at.y - view.y) * real,
  });
}

/** Moved by shares of the frame. */
export function moved(view: View, x: number, y: number): View {
  return filled({ scale: view.scale, x: view.x + x, y: view.y + y });
}
