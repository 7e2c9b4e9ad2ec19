// Which entries of the audit are shown, as the address says it.

import type { LocationQuery } from "vue-router";
import { beginningOf, endOf } from "@/views/admin/days";

/** What is noted, by its name in the API; a test holds the list against the server's code. */
export const ACTS = [
  "alert.give",
  "area.drop",
  "area.put",
  "audit.export",
  "camera.confirm_view",
  "camera.glance",
  "camera.live",
  "chief-link.make",
  "chief-link.revoke",
  "chief-role.drop",
  "chief-role.put",
  "delivery.replay",
  "evidence.export",
  "evidence.view",
  "key.add",
  "key.revoke",
  "key.rotate",
  "miss",
  "memory.forget",
  "memory.take_back",
  "person.add",
  "person.change",
  "person.password",
  "reason.put",
  "session.close-all",
  "session.open",
  "snooze",
  "snooze.end",
  "subscription.add",
  "subscription.change",
  "subscription.remove",
  "subscription.replay",
  "subscription.rotate",
  "verdict.undo",
] as const;

export type Filters = Record<"who" | "act" | "object" | "from" | "to", string>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an address asks for; what it does not know is left out. */
export function filtersOf(query: LocationQuery): Filters {
  const word = (name: string) => {
    const given = query[name];
    return typeof given === "string" ? given : "";
  };
  const day = (name: string) => {
    const given = word(name);
    return DAY.test(given) && !Number.isNaN(Date.parse(given)) ? given : "";
  };
  return {
    who: word("who"),
    act: word("act"),
    object: word("object"),
    from: day("from"),
    to: day("to"),
  };
}

/** The address's query for these filters: what is empty is left out. */
export function addressOf(filters: Filters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
}

/** What to ask the API for. */
export function asked({ who, act, object, from, to }: Filters): Record<string, string> {
  const since = from === "" ? "" : beginningOf(from);
  const until = to === "" ? "" : endOf(to);
  return Object.fromEntries(
    Object.entries({ who, act, object, since, until }).filter(([, value]) => value !== ""),
  );
}
