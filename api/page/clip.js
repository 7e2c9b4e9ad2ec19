// The clip of a case. It is what the camera sent, so a browser may lack its codec: then it says so.

import { h, swap } from "./dom.js";
import { bestLook, clips } from "./evidence.js";
import { clockTime } from "./format.js";
import { t } from "./i18n.js";

/** @param {{root: HTMLElement}} parts */
export function createClip({ root }) {
  let video = null;
  let found = null;

  function chooser(all, current) {
    if (all.length < 2) return null;
    const buttons = all.map((file, index) =>
      h(
        "button",
        {
          type: "button",
          class: "small",
          "data-name": `clip-${index}`,
          "aria-pressed": String(file === current),
          onclick: () => draw(all, file),
        },
        clockTime(file.captured_at),
      ),
    );
    return h("div", { class: "looks", role: "group", "aria-label": t("clip.choose") }, ...buttons);
  }

  function draw(all, file) {
    const note = h("p", { class: "missing", hidden: true }, t("clip.unplayable"));
    const look = bestLook(found);
    video = h("video", {
      src: file.url,
      poster: look?.snapshot?.url ?? look?.annotated?.url,
      controls: true,
      playsinline: true,
      preload: "metadata",
      "aria-label": t("clip.label"),
    });
    // Cameras' sound is not evidence here, and eight hours of street noise are nobody's wish.
    video.muted = true;
    let copied = false;
    video.addEventListener("error", () => {
      // Few browsers play a camera's H.265: then a copy in H.264 will do for looking at it.
      if (copied) note.hidden = false;
      else {
        copied = true;
        video.src = `${file.url}?playable=true`;
      }
    });
    const download = h(
      "a",
      { class: "download", href: file.url, download: `${found.number}.mp4` },
      t("clip.download"),
    );
    const taken = h(
      "span",
      { class: "moment" },
      t("clip.taken", { time: clockTime(file.captured_at) }),
    );
    swap(root, [
      video,
      note,
      h("div", { class: "picture-tools" }, taken, chooser(all, file), download),
    ]);
  }

  return {
    show(next) {
      found = next;
      video?.pause();
      video = null;
      const all = clips(next);
      if (all.length) draw(all, all[0]);
      else swap(root, [h("p", { class: "missing" }, t("clip.none"))]);
    },
    togglePlay() {
      if (!video) return;
      // A refusal (no codec, no data) also arrives as the element's error event, which is shown.
      if (video.paused) video.play().catch(() => {});
      else video.pause();
    },
  };
}
