// What this browser remembers of its operator: nothing leaves it but the name under a verdict.

const DEFAULTS = { theme: "auto", language: "zh-CN", operator: "", shortcuts: "on", boxes: "on" };
const session = {};

/** @param {keyof typeof DEFAULTS} key */
export function setting(key) {
  if (key in session) return session[key];
  try {
    return localStorage.getItem(key) ?? DEFAULTS[key];
  } catch {
    return DEFAULTS[key]; // storage is forbidden: the choice lasts until the page is left
  }
}

/** @param {keyof typeof DEFAULTS} key @param {string} value */
export function remember(key, value) {
  session[key] = value;
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above: the session's own copy serves.
  }
}
