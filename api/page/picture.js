// The pictures of a case: with and without boxes, one look after another, and close up.

import { h, icon, swap } from "./dom.js";
import { bestLook, looks } from "./evidence.js";
import { clockTime, fullTime } from "./format.js";
import { t } from "./i18n.js";
import { remember, setting } from "./settings.js";
import { kindName, placeName } from "./words.js";

const LEVELS = [1, 2, 4];

/** Where to look closer, as shares of the picture: the box's middle, or the picture's. */
function middle({ box, frame_width: width, frame_height: height }) {
  if (!box) return { x: 0.5, y: 0.5 };
  return { x: (box.x0 + box.x1) / 2 / width, y: (box.y0 + box.y1) / 2 / height };
}

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
      focus = middle(found);
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

  /** A case that stays for days has a look every few minutes: one walks them, none is a button. */
  function stepper() {
    const all = looks(found);
    const at = all.findIndex((other) => other.at === look.at);
    const last = all.length - 1;
    const button = (name, to, ...content) =>
      h(
        "button",
        {
          type: "button",
          class: "small",
          "data-name": name,
          "aria-label": t(`picture.${name}`),
          "aria-disabled": String(to < 0 || to > last || to === at),
          onclick: () => {
            look = all[to] ?? look;
            draw();
          },
        },
        ...content,
      );
    const time = { time: fullTime(look.at), number: at + 1, count: all.length };
    if (last === 0) return [h("span", { class: "moment" }, t("picture.taken", time))];
    return [
      button("earlier", at - 1, icon("back")),
      h("span", { class: "moment", role: "status" }, t("picture.position", time)),
      button("later", at + 1, icon("forth")),
      button("latest", last, t("picture.latest")),
    ];
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
    swap(root, [frame, h("div", { class: "picture-tools" }, ...stepper(), both && toggle)]);
  }

  const api = {
    /** Stays at the look that is open when later evidence of the same case comes in. */
    show(next) {
      const same = next.id === found?.id && looks(next).find((other) => other.at === look?.at);
      found = next;
      look = same || bestLook(next);
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
