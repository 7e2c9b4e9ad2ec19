// Which cases are listed, as the address says it: what is shared or gone back to shows the same.

import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";

type Status = Schemas["CaseStatus"];

/** The states that a clerk asks for together; the names are the API's. */
export const GROUPS: Readonly<Record<string, readonly Status[]>> = {
  waiting: ["reported", "pending_verify", "pending_register"],
  desk: ["accepted", "pending_dispatch", "returned"],
  department: ["dispatched", "pending_handle", "handling"],
  checking: [
    "handle_finish",
    "pending_check",
    "checking",
    "check_pass",
    "check_not_pass",
    "pending_close",
  ],
  ended: ["closed", "voided"],
};

export interface Filters {
  /** A key of GROUPS; empty for all. */
  group: string;
  kind: string;
  street: string;
  /** In the number or the address. */
  q: string;
  overdue: boolean;
  sort: "received" | "deadline";
}

/** What an address asks for; what it does not know is left out. */
export function filtersOf(query: LocationQuery): Filters {
  const word = (key: string) => {
    const value = query[key];
    return typeof value === "string" ? value.trim() : "";
  };
  return {
    group: Object.hasOwn(GROUPS, word("group")) ? word("group") : "",
    kind: word("kind"),
    street: word("street"),
    q: word("q"),
    overdue: word("overdue") === "true",
    sort: word("sort") === "deadline" ? "deadline" : "received",
  };
}

/** The address of filters; what asks nothing is not in it. */
export function addressOf(filters: Filters): Record<string, string> {
  const { group, kind, street, q, overdue, sort } = filters;
  const all = {
    group,
    kind,
    street,
    q: q.trim(),
    overdue: overdue ? "true" : "",
    sort: sort === "deadline" ? sort : "",
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** The same as the API's parameters. */
export function asked(filters: Filters) {
  const { group, kind, street, q, overdue, sort } = filters;
  return {
    sort,
    ...(group === "" ? {} : { status: [...(GROUPS[group] ?? [])] }),
    ...(kind === "" ? {} : { kind }),
    ...(street === "" ? {} : { street }),
    ...(q.trim() === "" ? {} : { q: q.trim() }),
    ...(overdue ? { overdue } : {}),
  };
}
