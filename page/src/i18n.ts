// The page's own words, in two catalogues. Chinese is the first language and the fallback.

import { createI18n } from "vue-i18n";
import { watchEffect } from "vue";
import { remember, settings } from "@/settings";

export type Language = "zh-CN" | "en";

type Words = Record<string, string>;

/** One file a view and language (`strings/zh-CN/VIEW.json`), merged here; a test compares them. */
const FILES = import.meta.glob<Words>("./strings/*/*.json", { eager: true, import: "default" });

function catalogue(language: Language): Words {
  const own = Object.entries(FILES).filter(([path]) => path.split("/").at(-2) === language);
  return Object.assign({}, ...own.map(([, words]) => words)) as Words;
}

export const i18n = createI18n({
  legacy: false,
  locale: language(),
  fallbackLocale: "zh-CN",
  flatJson: true,
  messages: { "zh-CN": catalogue("zh-CN"), en: catalogue("en") },
});

export function language(): Language {
  return settings.language === "en" ? "en" : "zh-CN";
}

export function setLanguage(next: Language): void {
  remember("language", next);
}

/** The words for a key, outside of a component. */
export const t = i18n.global.t;

/** One of two names that came over the wire; the catalogue's English ones begin small. */
export function named(thing: { name_zh: string; name_en: string }): string {
  if (language() !== "en") return thing.name_zh;
  return thing.name_en.charAt(0).toUpperCase() + thing.name_en.slice(1);
}

/** A sentence that came in both languages, in the reader's; what one lacks, the other tells. */
export function said(words: { text_zh?: string; text_en?: string } | null | undefined): string {
  const both = [words?.text_zh, words?.text_en];
  if (language() === "en") both.reverse();
  return both.find(Boolean) ?? "";
}

watchEffect(() => {
  i18n.global.locale.value = language();
  document.documentElement.lang = language();
});
