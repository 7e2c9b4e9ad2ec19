// Signing in: with an account, with the operators' key, or as the first administrator.

import { getMe, getWays, login, logout, makeFirst } from "./api.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { remember } from "./settings.js";
import { explain } from "./toast.js";

/** What each way asks for: the fields that are shown, in their order. */
const FIELDS = {
  key: ["login-key"],
  password: ["login-name", "login-password"],
  first_run: ["login-token", "login-name", "login-password"],
};

/** The ways that are there, the usual one first. */
function offered(ways) {
  return ["key", "password", "first_run"]
    .filter((way) => ways[way])
    .sort((a, b) => (a === "password" ? -1 : b === "password" ? 1 : 0));
}

/** @param {() => void} entered called once somebody is signed in */
export function createLogin(entered) {
  const dialog = byId("login");
  const wrong = byId("login-wrong");
  const others = byId("login-others");
  const fields = [...dialog.querySelectorAll("[data-way]")];
  const value = (id) => byId(id).value;
  let ways = { key: true };
  let way = "key";

  function show(next) {
    way = next;
    wrong.textContent = "";
    for (const field of fields) {
      const shown = FIELDS[way].includes(field.dataset.way);
      field.hidden = !shown;
      field.querySelector("input").required = shown;
    }
    byId("login-words").textContent = t(`login_words.${way}`);
    others.replaceChildren(
      ...offered(ways)
        .filter((each) => each !== way)
        .map((each) => {
          const button = h("button", { type: "button" }, t(`login_way.${each}`));
          button.addEventListener("click", () => show(each));
          return button;
        }),
      ...(ways.oidc
        ? [h("a", { href: "/v1/oidc/start" }, t("login.elsewhere", { name: ways.oidc }))]
        : []),
    );
    byId(FIELDS[way][0]).focus();
  }

  function send() {
    if (way === "key") return login({ key: value("login-key") });
    const person = { name: value("login-name").trim(), password: value("login-password") };
    return way === "password" ? login(person) : makeFirst({ ...person, token: value("login-token") });
  }

  function refusal(error) {
    if (way === "key" && (error.status === 401 || error.status === 403)) return t("login.wrong");
    if (way === "password" && error.status === 401) return t("login.wrong_password");
    if (way === "first_run" && error.status === 401) return t("login.wrong_token");
    if (way === "first_run" && error.status === 422) return t("login.weak");
    return error.status === 429 ? t("login.too_many") : explain(error);
  }

  // Without signing in there is nothing behind the dialog to go back to.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      await send();
    } catch (error) {
      wrong.textContent = refusal(error);
      byId(FIELDS[way].at(-1)).select();
      return;
    }
    for (const field of fields) field.querySelector("input").value = "";
    dialog.close();
    entered();
  });

  return {
    async ask() {
      if (dialog.open) return;
      dialog.showModal();
      show(way);
      try {
        ways = await getWays();
      } catch {
        return; // The key is asked for, and what is wrong is said when it is sent.
      }
      show(offered(ways)[0] ?? "key");
    },
  };
}

/**
 * Learns who is signed in, so that their name goes into the case, and lets them out again.
 *
 * @param {() => void} changed called when the operator's name changes
 */
export function createPerson(changed) {
  let me = null;
  const out = byId("sign-out");
  out.addEventListener("click", async () => {
    await logout().catch(() => null);
    location.reload();
  });
  return {
    /** Whether whoever is here has one of these roles. */
    may: (roles) => roles.some((role) => me?.roles.includes(role)),
    async learn() {
      me = await getMe().catch(() => null);
      out.hidden = me === null || me.kind === "local";
      const name = byId("operator");
      name.readOnly = me?.kind === "person";
      if (!name.readOnly) return;
      name.value = me.display;
      remember("operator", me.display);
      changed();
    },
  };
}
