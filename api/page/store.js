// The cases this page knows, newest first, and which one is open.

import { waitsForOperator } from "./words.js";

/** Whether all of a case is here: its evidence and its course too, as they are now. */
export function isWhole(found) {
  return found?.evidence !== undefined && !found.outdated;
}

/** @returns a store; `subscribe` hears `{type: "case" | "selected" | "pages", ...}` after each change. */
export function createStore() {
  const cases = new Map();
  const touched = new Map();
  const fresh = new Set();
  const listeners = [];
  let clock = 0;
  let selected = null;
  let older = null;

  const tell = (change) => listeners.forEach((listener) => listener(change));
  const ordered = () => [...cases.values()].sort((a, b) => b.id - a.id);

  function put(found) {
    const before = cases.get(found.id);
    const known = before !== undefined;
    if (known && found.version < before.version) return;
    // Lists bring cases without their evidence and course, which are not to be forgotten for that.
    if (before?.evidence && !found.evidence) {
      if (found.version === before.version) return;
      found = { ...before, ...found, outdated: true };
    }
    cases.set(found.id, found);
    touched.set(found.id, ++clock);
    tell({ type: "case", found, known });
  }

  return {
    subscribe: (listener) => listeners.push(listener),
    ordered,
    get: (id) => cases.get(id),
    get size() {
      return cases.size;
    },
    get selected() {
      return selected;
    },
    get older() {
      return older;
    },
    /** A moment to hand to `merge`: what changed after it is newer than the page being fetched. */
    mark: () => clock,
    put,
    /** A case that came over the live line; one just filed is marked as new until it is opened. */
    arrive(found, { filed }) {
      if (filed && !cases.has(found.id) && waitsForOperator(found)) fresh.add(found.id);
      put(found);
    },
    isFresh: (id) => fresh.has(id),
    /** Takes fetched cases in; one that the live line changed meanwhile keeps the newer state. */
    merge(items, mark) {
      for (const item of items) if ((touched.get(item.id) ?? -1) <= mark) put(item);
    },
    setOlder(cursor) {
      older = cursor;
      tell({ type: "pages" });
    },
    select(id) {
      const before = selected;
      selected = id;
      fresh.delete(id);
      tell({ type: "selected", id, before });
    },
  };
}
