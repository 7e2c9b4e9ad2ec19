// What this reader may do to the open case, as the server offers it: a button an action, and a form
// of the fields that it takes.

import { h, swap } from "./dom.js";
import { language, named, t } from "./i18n.js";
import { waitsForOperator } from "./words.js";

/** The two that have buttons and keys of their own while a case waits for its verdict. */
const VERDICTS = ["register", "void"];
/** Named by the page itself. */
const HIDDEN = ["by"];
const AGAIN_MS = 5000;

function options(values, words) {
  return values.map((value) => h("option", { value }, words(value)));
}

/**
 * The control for a field, and how its value is read; undefined leaves the field out.
 *
 * @returns {{nodes: HTMLElement[], value: () => unknown}}
 */
function control(name, schema, { id, required, found, standards }) {
  const common = { id, required, "data-name": id, autocomplete: "off" };
  if (name === "limit") {
    const amount = h("input", { ...common, type: "number", min: 0.5, step: 0.5, value: 1 });
    const units = schema.$defs.Unit.enum;
    const unit = h(
      "select",
      { "aria-label": t("field.unit") },
      ...options(units, (one) => t(`unit.${one}`)),
    );
    return {
      nodes: [amount, unit],
      value: () => ({ amount: Number(amount.value), unit: unit.value }),
    };
  }
  const select = (choices) => {
    const node = h("select", common, ...choices);
    return { nodes: [node], value: () => node.value || undefined };
  };
  if (name === "ground") {
    return select(options(schema.$defs.SuspendGround.enum, (one) => t(`ground.${one}`)));
  }
  if (name === "standard") {
    const usual = h("option", { value: "" }, t("actions.unchanged"));
    const rows = standards.map((one) =>
      h("option", { value: one.id }, `${one.service_code} ${named(one)}：${one.condition_zh}`),
    );
    return select(required ? rows : [usual, ...rows]);
  }
  if (name === "pictures") {
    const node = h("input", {
      ...common,
      type: "file",
      accept: "image/jpeg,image/png",
      multiple: true,
    });
    return { nodes: [node], value: () => [...node.files] };
  }
  const type = name === "until" ? "date" : "text";
  const value = name === "department" ? (found.condition?.department ?? "") : "";
  const node = h("input", { ...common, type, value, maxlength: type === "text" ? 500 : null });
  return { nodes: [node], value: () => node.value.trim() || undefined };
}

/** What cannot be done yet: a button that says so, and below it what is missing for it. */
function notYet(offer) {
  const id = `lacks-${offer.action}`;
  const said = language() === "en" ? "text_en" : "text_zh";
  return h(
    "div",
    { class: "not-yet" },
    h(
      "button",
      { type: "button", class: "small", disabled: true, "aria-describedby": id },
      named(offer),
    ),
    h("p", {}, t("actions.missing")),
    h("ul", { id }, ...offer.missing.map((lack) => h("li", {}, lack[said]))),
  );
}

/** Whether something was written into a form that would be lost with it. */
function written(form) {
  const inputs = [...(form?.querySelectorAll("input") ?? [])];
  return inputs.some((input) => input.value !== input.defaultValue);
}

/**
 * @param {{root: HTMLElement, ask: (id: number) => Promise<?object>,
 *   standards: () => Promise<object[]>, tell: (words: string) => void,
 *   failed: (error: Error, about: string) => void,
 *   act: (found: object, offer: object, etag: string, fields: object) =>
 *     Promise<?{error: Error, about: string}>}} parts `act` answers what went wrong, if anything did
 */
export function createActions({ root, ask, standards, act, tell, failed }) {
  const heading = h("h3", {});
  const buttonsRoot = h("div", { class: "offered" });
  const formRoot = h("div", {});
  const blockedRoot = h("div", {});
  let found = null;
  let offers = null;
  let chosen = null;
  let sending = false;
  let asked = 0;
  let answered = null;
  let drawn = "";

  async function choose(offer) {
    const { id } = found;
    const known = offer.fields.properties.standard ? await standards() : [];
    if (id !== found.id) return;
    chosen = { offer, etag: offers.etag, standards: known };
    draw();
    formRoot.replaceChildren(form());
    formRoot.querySelector("form :is(input, select, button)")?.focus();
  }

  function close() {
    chosen = null;
    formRoot.replaceChildren();
    draw();
  }

  function cancel() {
    const { action } = chosen.offer;
    close();
    buttonsRoot.querySelector(`[data-name="act-${action}"]`)?.focus();
  }

  /** A form whose case went on is of no use; whoever was writing in it is told so. */
  function closeStale() {
    const lost = !sending && written(formRoot);
    const words = { action: named(chosen.offer), status: t(`status.${found.status}`) };
    close();
    if (lost) tell(t("actions.closed", words));
  }

  async function submit(event, rows) {
    event.preventDefault();
    const mine = chosen;
    const fields = Object.fromEntries(rows.map(({ name, value }) => [name, value()]));
    const send = event.submitter;
    send.disabled = sending = true;
    send.textContent = t("decision.saving");
    const wrong = await act(found, mine.offer, mine.etag, fields);
    if (!wrong && chosen === mine) close();
    await refresh();
    // Refused, perhaps since the case had changed. It has been fetched anew, so that it can be sent
    // again from the moment on at which that is said.
    if (wrong && chosen === mine) mine.etag = offers?.etag || mine.etag;
    send.disabled = sending = false;
    send.textContent = t("actions.do");
    if (wrong) failed(wrong.error, wrong.about);
  }

  function form() {
    const { offer } = chosen;
    const needed = offer.fields.required ?? [];
    const names = Object.keys(offer.fields.properties).filter((name) => !HIDDEN.includes(name));
    const rows = names
      .toSorted((a, b) => needed.includes(b) - needed.includes(a))
      .map((name) => {
        const id = `field-${name}`;
        const about = { id, required: needed.includes(name), found, standards: chosen.standards };
        return { name, id, ...control(name, offer.fields, about) };
      });
    return h(
      "form",
      { class: "action", onsubmit: (event) => submit(event, rows) },
      h("h4", {}, named(offer)),
      ...rows.map(({ name, id, nodes }) =>
        h(
          "p",
          {},
          h("label", { for: id }, t(`field.${name}`), needed.includes(name) && " *"),
          ...nodes,
        ),
      ),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "submit", class: "confirm" }, t("actions.do")),
        h("button", { type: "button", class: "quiet", onclick: cancel }, t("reason.cancel")),
      ),
    );
  }

  function draw() {
    const items = (offers?.items ?? []).filter(
      ({ action }) => !waitsForOperator(found) || !VERDICTS.includes(action),
    );
    const buttons = items.map((offer) =>
      h(
        "button",
        {
          type: "button",
          class: "small",
          "data-name": `act-${offer.action}`,
          "aria-expanded": String(chosen?.offer.action === offer.action),
          onclick: () => choose(offer),
        },
        named(offer),
      ),
    );
    const blocked = offers?.blocked ?? [];
    root.hidden = !items.length && !blocked.length;
    // A button that is made anew while it is pressed would lose the click.
    const looks = JSON.stringify([language(), chosen?.offer.action, items, blocked]);
    if (looks !== drawn) {
      swap(buttonsRoot, buttons);
      swap(blockedRoot, blocked.map(notYet));
      drawn = looks;
    }
    if (!root.contains(buttonsRoot))
      root.replaceChildren(heading, buttonsRoot, formRoot, blockedRoot);
    heading.textContent = t("actions.title");
  }

  /** Asks anew what may be done, until the newest question is answered. */
  function refresh() {
    answered = learn(++asked);
    return answered;
  }

  /** A form that is being filled in stays while it can be sent. */
  async function learn(mine) {
    const answer = await ask(found.id);
    if (mine !== asked) return answered;
    if (answer === null) {
      // What was offered stays, and the server is asked again: a slow moment must not end the work.
      setTimeout(() => mine === asked && refresh(), AGAIN_MS);
      return undefined;
    }
    offers = answer;
    const open = chosen?.offer.action;
    if (open && !offers.items.some(({ action }) => action === open)) closeStale();
    draw();
    return undefined;
  }

  return {
    show(next, { redraw = false } = {}) {
      const other = next.id !== found?.id;
      const moved = next.status !== found?.status;
      found = next;
      if (other) {
        offers = null;
        close();
      } else if (moved && chosen) closeStale();
      if (redraw) {
        draw();
        if (chosen) formRoot.replaceChildren(form());
      }
      refresh();
    },
    get open() {
      return chosen !== null;
    },
    cancel,
  };
}
