// The pictures of a case: with and without boxes, one look after another, and close up.

import { h, icon, swap } from "./dom.js";
import { bestLook, looks } from "./evidence.js";
import { clockTime } from "./format.js";
import { t } from "./i18n.js";
import { remember, setting } from "./settings.js";
import { kindName, placeName } from "./words.js";

const LEVELS = [1, 2, 4];

/** @param {HTMLDialogElement} dialog the close-up of `index.html` */
export function createZoom(dialog) {
  const pane = dialog.querySelector(".zoom-pane");
  const image = dialog.querySelector("img");
  let level = 0;

  function fit() {
    const scale = Math.min(
      pane.clientWidth / image.naturalWidth,
      pane.clientHeight / image.naturalHeight,
    );
    image.style.width = `${image.naturalWidth * scale * LEVELS[level]}px`;
  }

  /** One step closer (or back to the whole), keeping the point (shares of the picture) in view. */
  function step(x, y) {
    level = (level + 1) % LEVELS.length;
    fit();
    pane.scrollTo(
      x * image.clientWidth - pane.clientWidth / 2,
      y * image.clientHeight - pane.clientHeight / 2,
    );
  }

  image.addEventListener("load", fit);
  image.addEventListener("click", (event) => {
    const frame = image.getBoundingClientRect();
    step((event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height);
  });
  window.addEventListener("resize", () => dialog.open && fit());

  let focus = { x: 0.5, y: 0.5 };
  dialog.querySelector("[data-closer]").addEventListener("click", () => step(focus.x, focus.y));

  return {
    open(file, alt, found) {
      const { x0, y0, x1, y1 } = found.box;
      focus = { x: (x0 + x1) / 2 / found.frame_width, y: (y0 + y1) / 2 / found.frame_height };
      level = 0;
      image.src = file.url;
      image.alt = alt;
      dialog.showModal();
      if (image.complete) fit();
    },
  };
}

/**
 * @param {{root: HTMLElement, zoom: ReturnType<typeof createZoom>}} parts
 */
export function createPicture({ root, zoom }) {
  let found = null;
  let look = null;

  function file() {
    const boxes = setting("boxes") === "on";
    return (boxes ? look.annotated : look.snapshot) ?? look.annotated ?? look.snapshot;
  }

  function alt() {
    return t("picture.alt", {
      kind: kindName(found),
      place: placeName(found),
      time: clockTime(look.at),
    });
  }

  function chooser() {
    const all = looks(found);
    if (all.length < 2) return null;
    const buttons = all.map((other, index) => {
      const pressed = other.at === look.at;
      const press = () => {
        look = other;
        draw();
      };
      return h(
        "button",
        {
          type: "button",
          class: "small",
          "data-name": `look-${index}`,
          "aria-pressed": String(pressed),
          onclick: press,
        },
        clockTime(other.at),
      );
    });
    return h(
      "div",
      { class: "looks", role: "group", "aria-label": t("picture.choose") },
      ...buttons,
    );
  }

  function draw() {
    if (!look) {
      swap(root, [h("p", { class: "missing" }, t("picture.none"))]);
      return;
    }
    const shown = file();
    const image = h("img", {
      src: shown.url,
      alt: alt(),
      width: found.frame_width,
      height: found.frame_height,
    });
    image.addEventListener("error", () => {
      frame.replaceChildren(h("span", { class: "missing" }, t("picture.broken")));
    });
    const frame = h(
      "button",
      {
        type: "button",
        class: "frame",
        "data-name": "frame",
        "aria-label": t("picture.enlarge"),
        onclick: api.enlarge,
      },
      image,
      h("span", { class: "frame-hint" }, icon("zoom")),
    );
    const both = look.annotated && look.snapshot;
    const toggle = h(
      "button",
      {
        type: "button",
        class: "small",
        "data-name": "boxes",
        "aria-pressed": String(shown === look.annotated),
        onclick: api.toggleBoxes,
      },
      t("picture.boxes"),
    );
    const choice = chooser();
    const taken = choice ? t("picture.looks") : t("picture.taken", { time: clockTime(look.at) });
    const words = h("span", { class: "moment" }, taken);
    swap(root, [frame, h("div", { class: "picture-tools" }, words, choice, both && toggle)]);
  }

  const api = {
    show(next) {
      found = next;
      look = bestLook(next);
      draw();
    },
    toggleBoxes() {
      if (!look?.annotated || !look.snapshot) return;
      remember("boxes", setting("boxes") === "on" ? "off" : "on");
      draw();
    },
    enlarge() {
      if (look) zoom.open(file(), alt(), found);
    },
  };
  return api;
}
