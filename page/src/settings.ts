// What this browser remembers of its operator: nothing leaves it but the name under a verdict.

import { reactive } from "vue";

const DEFAULTS = {
  theme: "auto",
  language: "zh-CN",
  operator: "",
  shortcuts: "on",
  boxes: "on",
  sound: "on",
};

export type Setting = keyof typeof DEFAULTS;

function stored(key: Setting): string {
  try {
    return localStorage.getItem(key) ?? DEFAULTS[key];
  } catch {
    return DEFAULTS[key]; // storage is forbidden: the choice lasts until the page is left
  }
}

const keys = Object.keys(DEFAULTS) as Setting[];

/** The settings as they are; read only, so that none is changed without being remembered. */
export const settings: Readonly<Record<Setting, string>> = reactive(
  Object.fromEntries(keys.map((key) => [key, stored(key)])) as Record<Setting, string>,
);

export function remember(key: Setting, value: string): void {
  (settings as Record<Setting, string>)[key] = value;
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above: the session's own copy serves.
  }
}
