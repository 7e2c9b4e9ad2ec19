// Single keys for people who do this all day. They can be turned off (WCAG 2.1.4), never fire while
// something is typed, and leave buttons and the video their own keys.

import { setting } from "./settings.js";

const TYPING = "input, textarea, select, [contenteditable]";
const OWN_SPACE = "button, summary, video, input";

/**
 * @param {Record<string, () => void>} actions by the name of the key, lower case
 * @param {() => boolean} asking whether a form is open that Escape closes
 */
export function listenToKeys(actions, asking) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const within = (selector) => event.target instanceof Element && event.target.closest(selector);
    // Also out of the field in which something is being typed.
    if (event.isComposing) return;
    if (key === "Escape") {
      if (asking() && !document.querySelector("dialog[open]")) actions.Escape();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // For a moment after a dialog has closed, its field still has the focus.
    const typing = within(TYPING) && !within("dialog:not([open])");
    if (typing || document.querySelector("dialog[open]")) return;
    if (key === " " && within(OWN_SPACE)) return;
    if (key.startsWith("Arrow") && within("video, .detail")) return;
    if (setting("shortcuts") !== "on" && !key.startsWith("Arrow")) return;
    // Only walking the list may repeat: a resting elbow must not decide cases.
    if (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(key)) return;
    const action = actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
