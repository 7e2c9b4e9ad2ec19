// The sheet of keys and settings.

import { byId } from "./dom.js";
import { remember, setting } from "./settings.js";

/** @param {() => void} changed called when the operator's name changes */
export function createHelp(changed) {
  const dialog = byId("help");
  const name = byId("operator");
  const shortcuts = byId("shortcuts");

  name.value = setting("operator");
  shortcuts.checked = setting("shortcuts") === "on";
  name.addEventListener("input", () => {
    remember("operator", name.value.trim());
    changed();
  });
  shortcuts.addEventListener("change", () =>
    remember("shortcuts", shortcuts.checked ? "on" : "off"),
  );

  return { open: () => dialog.showModal() };
}

/** Closes a dialog by its own button or by a press beside it. */
export function closeEasily(dialog) {
  dialog.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("[data-close]");
    if (pressed || event.target === dialog) dialog.close();
  });
}
