// Building elements. Every string becomes a text node or an attribute, never markup: what a camera,
// a worker or an operator wrote can therefore not become part of the page's code.

const SVG = "http://www.w3.org/2000/svg";

/** Shapes, 24 × 24. Status is told by shape and word first, colour only underlines it. */
const ICONS = {
  alert: "M12 3 22.5 21H1.5ZM11 9.5v5.5h2V9.5ZM11 16.8v2.2h2v-2.2Z",
  check: "M9.6 18.4 3.2 12l2-2 4.4 4.4L18.8 5.2l2 2Z",
  cross: "M6.2 4.2 12 10l5.8-5.8 2 2L14 12l5.8 5.8-2 2L12 14l-5.8 5.8-2-2L10 12 4.2 6.2Z",
  ring: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Zm0 2.4a6.6 6.6 0 1 0 0 13.2 6.6 6.6 0 0 0 0-13.2Z",
  dot: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Z",
  clean: "M12 1.5 14.5 9.5 22.5 12 14.5 14.5 12 22.5 9.5 14.5 1.5 12 9.5 9.5Z",
  play: "M7 4v16l13-8Z",
  zoom: "M10.5 3a7.5 7.5 0 0 1 6 12l5 5-1.9 1.9-5-5a7.5 7.5 0 1 1-4.1-13.9Zm0 2.6a4.9 4.9 0 1 0 0 9.8 4.9 4.9 0 0 0 0-9.8Z",
  halves: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19Zm0 2.2v14.6a7.3 7.3 0 0 0 0-14.6Z",
  forth: "M9.4 4.2 7.4 6.2 13.2 12l-5.8 5.8 2 2L17.2 12Z",
  back: "M14.6 4.2 16.6 6.2 10.8 12l5.8 5.8-2 2L6.8 12Z",
};

/**
 * An element with attributes and children.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `class`, any attribute, `onclick`-like listeners;
 *   `true` sets an empty attribute; `false`, `null` and `undefined` leave it out.
 * @param {...(Node | string | null | undefined | false)} children strings are set as text
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

/** A decorative icon: the words beside it say the same, so screen readers skip it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/**
 * Replaces what is in `root`, and gives the focus back to the control of the same `data-name`:
 * whoever works by keyboard must not be thrown out by a refresh.
 *
 * @param {HTMLElement} root
 * @param {(Node | string | null | undefined | false)[]} children
 */
export function swap(root, children) {
  const held = root.contains(document.activeElement)
    ? document.activeElement.dataset.name
    : undefined;
  root.replaceChildren(...children.filter(Boolean));
  if (held) root.querySelector(`[data-name="${held}"]`)?.focus({ preventScroll: true });
}

/** The element with an id of `index.html`; the page cannot work without it. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element;
}
