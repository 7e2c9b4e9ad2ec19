// Moving things on a picture: by pointer, and by the arrow keys.

import type { Point } from "@/views/cameras/shapes";

/** Where a pointer is, as shares of an element's size. */
export function placeOf(event: PointerEvent | MouseEvent, stage: HTMLElement): Point {
  const box = stage.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/**
 * Follow a pointer until it is lifted.
 *
 * @param move where it is now, and where it began, as shares
 */
export function drag(
  event: PointerEvent,
  stage: HTMLElement,
  move: (to: Point, from: Point) => void,
  done: () => void,
): void {
  if (event.button !== 0) return;
  event.preventDefault();
  const target = event.currentTarget as Element;
  const from = placeOf(event, stage);
  target.setPointerCapture(event.pointerId);
  const onMove = (next: Event) => move(placeOf(next as PointerEvent, stage), from);
  const onEnd = () => {
    target.removeEventListener("pointermove", onMove);
    target.removeEventListener("pointerup", onEnd);
    target.removeEventListener("pointercancel", onEnd);
    done();
  };
  target.addEventListener("pointermove", onMove);
  target.addEventListener("pointerup", onEnd);
  target.addEventListener("pointercancel", onEnd);
}

const ARROWS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** How far an arrow key moves something: half a hundredth of the picture, with Shift four times. */
export function nudge(event: KeyboardEvent): Point | null {
  const way = ARROWS[event.key];
  if (way === undefined) return null;
  event.preventDefault();
  const far = event.shiftKey ? 0.02 : 0.005;
  return [way[0] * far, way[1] * far];
}
