// The head of the page: the state of the live line, the clock, language and theme.

import { byId, h, icon } from "./dom.js";
import { age, clockTime, now } from "./format.js";
import { language, setLanguage, t } from "./i18n.js";
import { remember, setting } from "./settings.js";

const THEMES = ["auto", "light", "dark"];
const STATE_ICONS = { connecting: "ring", live: "dot", lost: "alert", locked: "ring" };

function applyTheme() {
  const theme = setting("theme");
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** @param {{relabel: () => void}} parts `relabel` puts the whole page into the new language */
export function createHeader({ relabel }) {
  const line = byId("line");
  const banner = byId("banner");
  const themeButton = byId("theme");
  const languageButton = byId("language");
  let state = "connecting";
  let since = null;

  function draw() {
    document.body.dataset.line = state;
    line.className = `line ${state}`;
    line.replaceChildren(icon(STATE_ICONS[state]), t(`line.${state}`));
    banner.hidden = state !== "lost";
    banner.textContent = state === "lost" ? t("banner.lost", { time: clockTime(since) }) : "";
    const theme = h("span", { class: "unseen" }, t("theme.title"));
    themeButton.replaceChildren(icon("halves"), t(`theme.${setting("theme")}`), theme);
    const other = language() === "en" ? "zh-CN" : "en";
    languageButton.textContent = other === "en" ? "English" : "中文";
    languageButton.lang = other;
    byId("operator-name").textContent = setting("operator")
      ? t("header.operator", { name: setting("operator") })
      : t("header.no_operator");
  }

  themeButton.addEventListener("click", () => {
    remember("theme", THEMES[(THEMES.indexOf(setting("theme")) + 1) % THEMES.length]);
    applyTheme();
    draw();
  });
  languageButton.addEventListener("click", () => {
    setLanguage(language() === "en" ? "zh-CN" : "en");
    relabel();
  });
  applyTheme();

  return {
    draw,
    /** The clock goes on, and so do the ages of what is shown. */
    tick() {
      byId("clock").textContent = clockTime(now()).slice(0, 5);
      for (const time of document.querySelectorAll("time[data-age]"))
        time.textContent = age(time.dataset.age);
    },
    get state() {
      return state;
    },
    /** @param {"connecting" | "live" | "lost" | "locked"} next */
    setState(next) {
      if (next === state) return;
      if (next === "lost") since = now();
      state = next;
      draw();
    },
  };
}
