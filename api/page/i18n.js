// Two catalogues of the page's own words. Chinese is the first language and the fallback.

import { remember, setting } from "./settings.js";

const LANGUAGES = ["zh-CN", "en"];
const catalogues = {};

/** Loads both catalogues: they are small, and switching must work while the server is away. */
export async function loadCatalogues() {
  await Promise.all(
    LANGUAGES.map(async (name) => {
      const response = await fetch(new URL(`./${name}.json`, import.meta.url));
      if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
      catalogues[name] = await response.json();
    }),
  );
}

/** @returns {"zh-CN" | "en"} */
export function language() {
  return setting("language") === "en" ? "en" : "zh-CN";
}

/** @param {"zh-CN" | "en"} name */
export function setLanguage(name) {
  remember("language", name);
}

/**
 * The words for a key, with `{name}` replaced by the values given.
 *
 * @param {string} key
 * @param {Record<string, string | number>} values
 * @param {"zh-CN" | "en"} name
 */
export function t(key, values = {}, name = language()) {
  const words = catalogues[name]?.[key] ?? catalogues["zh-CN"]?.[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, field) => String(values[field] ?? whole));
}

/** One of two names that came over the wire; the catalogue's English ones begin small. */
export function named(thing) {
  if (language() !== "en") return thing.name_zh;
  return thing.name_en.charAt(0).toUpperCase() + thing.name_en.slice(1);
}

/** Fills the words of `index.html`: `data-i18n` is the text, `data-i18n-X` the attribute X. */
export function translate(root) {
  document.documentElement.lang = language();
  for (const element of root.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "data-i18n") element.textContent = t(value);
      else if (name.startsWith("data-i18n-")) element.setAttribute(name.slice(10), t(value));
    }
  }
}
