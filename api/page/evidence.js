// Which of a case's files to show, and where to look in them.

/**
 * A case's pictures by the second they were taken in, oldest first; the clean and the annotated
 * copy of one look belong together.
 *
 * @returns {{at: string, annotated?: object, snapshot?: object}[]}
 */
export function looks(found) {
  const bySecond = new Map();
  for (const file of found.evidence) {
    if (file.role === "clip") continue;
    const second = Math.floor(Date.parse(file.captured_at) / 1000);
    const look = bySecond.get(second) ?? { at: file.captured_at };
    look[file.role] ??= file;
    bySecond.set(second, look);
  }
  return [...bySecond.entries()].sort(([a], [b]) => a - b).map(([, look]) => look);
}

/** The look that tells most: the annotated one nearest to the moment of confirmation. */
export function bestLook(found) {
  const all = looks(found);
  const marked = all.filter((look) => look.annotated);
  const distance = (look) => Math.abs(Date.parse(look.at) - Date.parse(found.confirmed_at ?? found.first_seen));
  return (marked.length ? marked : all).sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** A case's clips, oldest first. */
export function clips(found) {
  return found.evidence
    .filter((file) => file.role === "clip")
    .sort((a, b) => Date.parse(a.captured_at) - Date.parse(b.captured_at));
}

/**
 * A small picture cut to the surroundings of the violation: a heap of sixty pixels would be a
 * speck on a thumbnail of the whole street.
 *
 * @param {HTMLImageElement} image inside a clipping box of 16 : 9
 */
export function cropToBox(image, found) {
  if (!found.box) return;
  const { x0, y0, x1, y1 } = found.box;
  const [frameWidth, frameHeight] = [found.frame_width, found.frame_height];
  const wanted = Math.max((x1 - x0) * 2.2, ((y1 - y0) * 2.2 * 16) / 9, frameWidth / 4);
  const width = Math.min(wanted, frameWidth, (frameHeight * 16) / 9);
  const height = (width * 9) / 16;
  const left = Math.min(Math.max((x0 + x1) / 2 - width / 2, 0), frameWidth - width);
  const top = Math.min(Math.max((y0 + y1) / 2 - height / 2, 0), frameHeight - height);
  image.style.width = `${(frameWidth / width) * 100}%`;
  image.style.height = `${(frameHeight / height) * 100}%`;
  image.style.left = `${(-left / width) * 100}%`;
  image.style.top = `${(-top / height) * 100}%`;
}
