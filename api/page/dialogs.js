// Signing in with the operators' key, and the sheet of keys and settings.

import { login } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { remember, setting } from "./settings.js";
import { explain } from "./toast.js";

/** @param {() => void} entered called once the key was accepted */
export function createLogin(entered) {
  const dialog = byId("login");
  const field = byId("login-key");
  const wrong = byId("login-wrong");

  // Without the key there is nothing behind the dialog to go back to.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      await login(field.value);
    } catch (error) {
      const refused = error.status === 401 || error.status === 403;
      wrong.textContent = refused ? t("login.wrong") : explain(error);
      field.select();
      return;
    }
    field.value = "";
    dialog.close();
    entered();
  });

  return {
    ask() {
      if (dialog.open) return;
      wrong.textContent = "";
      dialog.showModal();
      field.focus();
    },
  };
}

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
