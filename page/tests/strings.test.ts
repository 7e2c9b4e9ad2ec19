// Both catalogues say the same things, and every key that the source names is there.

import { describe, expect, it, vi } from "vitest";
import { createI18n } from "vue-i18n";

type Words = Record<string, string>;
const FILES = import.meta.glob<Words>("../src/strings/*/*.json", {
  eager: true,
  import: "default",
});
const SOURCES = import.meta.glob<string>("../src/**/*.{ts,vue}", {
  eager: true,
  query: "?raw",
  import: "default",
});

function words(language: string): [file: string, key: string, text: string][] {
  return Object.entries(FILES)
    .filter(([path]) => path.includes(`/${language}/`))
    .flatMap(([path, found]) =>
      Object.entries(found).map(([key, text]): [string, string, string] => [
        path.split("/").at(-1) ?? "",
        key,
        text,
      ]),
    );
}

const fields = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe("the two catalogues", () => {
  const chinese = words("zh-CN");
  const english = new Map(words("en").map(([file, key, text]) => [`${file} ${key}`, text]));

  it("have the same keys in the same files", () => {
    const keys = chinese.map(([file, key]) => `${file} ${key}`);
    expect([...english.keys()].sort()).toEqual([...keys].sort());
  });

  it("have each key once", () => {
    const keys = chinese.map(([, key]) => key);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  it("leave nothing empty, and fill in the same fields", () => {
    for (const [file, key, text] of chinese) {
      const other = english.get(`${file} ${key}`) ?? "";
      expect(text.trim(), key).not.toBe("");
      expect(other.trim(), key).not.toBe("");
      expect(fields(other), key).toEqual(fields(text));
    }
  });

  it("can be read, each of them: @ and | mean something there", () => {
    const heard = [vi.spyOn(console, "warn"), vi.spyOn(console, "error")];
    for (const language of ["zh-CN", "en"]) {
      const messages = {
        [language]: Object.fromEntries(words(language).map(([, key, text]) => [key, text])),
      };
      const { t } = createI18n({
        legacy: false,
        locale: language,
        flatJson: true,
        messages,
      }).global;
      for (const [, key, text] of words(language)) {
        const given = Object.fromEntries(fields(text).map((name) => [name, `<${name}>`]));
        const said = fields(text).reduce<string>(
          (all, name) => all.replace(`{${name}}`, `<${name}>`),
          text,
        );
        expect(t(key, given), key).toBe(said.replaceAll("{'@'}", "@"));
      }
    }
    for (const each of heard) expect(each).not.toHaveBeenCalled();
  });

  it("know every key that is written out in the source", () => {
    const known = new Set(chinese.map(([, key]) => key));
    const named = Object.values(SOURCES).flatMap((source) =>
      [...source.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((found) => found[1] ?? ""),
    );
    expect(named.filter((key) => !known.has(key))).toEqual([]);
  });
});
