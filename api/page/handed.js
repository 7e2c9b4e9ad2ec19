// Who else has to do with a case: to whom it went or from whom it came, and who told of it.

import { getTickets, getTransfers } from "./api.js";
import { h, swap } from "./dom.js";
import { fullTime } from "./format.js";
import { t } from "./i18n.js";
import { sourceName } from "./words.js";

/** The steps that make a transfer; without one of them nothing is asked of the server. */
const TRANSFERS = ["hand_over", "take_in", "to_penalty"];
const CAMERA = "camera";

function line(kind, strong, ...words) {
  return h("li", { class: kind }, h("strong", {}, strong), ...words);
}

function moment(at) {
  return h("time", { datetime: at }, fullTime(at));
}

function transferLine({ direction, receipt, agency, document, signed_at, signed_by, ...made }) {
  const signed = signed_at && t("transfers.signed", { by: signed_by, time: fullTime(signed_at) });
  return line(
    "transfer",
    t(`transfer.${direction}`),
    h("span", {}, agency),
    h("span", {}, t("transfers.receipt", { receipt })),
    document && h("span", {}, t("transfers.document", { document })),
    direction === "out" && h("span", { class: "state" }, signed || t("transfers.unsigned")),
    moment(made.made_at),
  );
}

function callbackLine({ level, answer, note, asked_by, asked_at }) {
  const words = t("tickets.callback", { level, answer: t(`callback.${answer}`) });
  return h("small", {}, [words, note, asked_by, fullTime(asked_at)].filter(Boolean).join(" · "));
}

function ticketLine(ticket) {
  const caller = [ticket.caller_name, ticket.caller_phone].filter(Boolean).join(" ");
  return line(
    "ticket",
    sourceName(ticket.source),
    h("span", {}, ticket.source_ref),
    caller && h("span", {}, t("tickets.caller", { caller })),
    moment(ticket.received_at),
    ...ticket.callbacks.map(callbackLine),
  );
}

/** @param {{root: HTMLElement, heading: (words: string) => HTMLElement}} parts */
export function createHanded({ root, heading }) {
  let shown = null;
  let asked = 0;

  /** What this reader may not see, or the server cannot give now, is left out. */
  const rowsOf = (wanted, get) =>
    wanted
      ? get(shown).then(
          ({ items }) => items,
          () => [],
        )
      : [];

  return {
    /** @param {object[]} history the steps of the case's life */
    async show(found, history) {
      if (found.id !== shown) root.replaceChildren();
      shown = found.id;
      const mine = ++asked;
      const [transfers, tickets] = await Promise.all([
        rowsOf(
          history.some(({ action }) => TRANSFERS.includes(action)),
          getTransfers,
        ),
        rowsOf(
          found.witnesses.some(({ source }) => source !== CAMERA),
          getTickets,
        ),
      ]);
      if (mine !== asked) return;
      swap(root, [
        transfers.length > 0 && heading(t("transfers.title")),
        transfers.length > 0 && h("ul", { class: "transfers" }, ...transfers.map(transferLine)),
        tickets.length > 0 && heading(t("tickets.title")),
        tickets.length > 0 && h("ul", { class: "tickets" }, ...tickets.map(ticketLine)),
      ]);
    },
  };
}
