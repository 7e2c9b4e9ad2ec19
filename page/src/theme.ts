// Light, dark, or as the system has it.

import { watchEffect } from "vue";
import { remember, settings } from "@/settings";

export const THEMES = ["auto", "light", "dark"] as const;

export function nextTheme(): void {
  const at = THEMES.findIndex((theme) => theme === settings.theme);
  remember("theme", THEMES[(at + 1) % THEMES.length] ?? "auto");
}

watchEffect(() => {
  if (settings.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = settings.theme;
});
