// Runs before the first paint, so that the page does not flash in the wrong theme or language.
// A classic script on purpose: modules run too late for that.
"use strict";
(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is forbidden here: the system's choice applies
    }
  };
  const theme = read("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  if (read("language") === "en") document.documentElement.lang = "en";
})();
