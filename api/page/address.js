// Which case is open: the address says it, so that going back and a shared link work.

import { getCase } from "./api.js";
import { t } from "./i18n.js";
import { waitsForOperator } from "./words.js";

function addressed() {
  const match = /^#\/cases\/(\d+)$/.exec(location.hash);
  return match ? Number(match[1]) : null;
}

/**
 * Keeps the address and the open case the same.
 *
 * @param {{store: object, wide: MediaQueryList, toast: (words: string) => void,
 *   failed: (error: Error) => void}} parts `wide` is whether list and case stand side by side
 */
export function createAddress({ store, wide, toast, failed }) {
  const sought = new Set();

  function open(id, { replace = wide.matches && addressed() !== null } = {}) {
    history[replace ? "replaceState" : "pushState"](null, "", `#/cases/${id}`);
    store.select(id);
  }

  /** On a wide page something is always open: at first the newest case that waits for a verdict. */
  function choose() {
    if (store.selected !== null || addressed() !== null || !wide.matches) return;
    const all = store.ordered();
    const next = all.find((found) => waitsForOperator(found)) ?? all[0];
    if (next) open(next.id, { replace: true });
  }

  /** What the address names is nowhere: it goes back to the case that is shown. */
  function correct() {
    if (store.selected !== null) {
      open(store.selected, { replace: true });
      return;
    }
    history.replaceState(null, "", location.pathname);
    choose();
  }

  /** Fetches the case that the address names; several events lead here at once, one is enough. */
  async function seek(id) {
    if (sought.has(id)) return;
    sought.add(id);
    try {
      const mark = store.mark();
      store.merge([await getCase(id)], mark);
    } catch (error) {
      // 422 is a number that no case can have.
      const unknown = error.status === 404 || error.status === 422;
      if (unknown) toast(`#${id}: ${t("error.gone")}`);
      else failed(error);
      if (id !== addressed()) return;
      if (unknown) correct();
      // It may be there yet, and is asked for again once the line is back. Until then nothing is
      // shown, lest another case than the one addressed be decided.
      else store.select(null);
    } finally {
      sought.delete(id);
    }
  }

  return {
    open,
    choose,
    /** Leaves the open case for the list. */
    close() {
      history.pushState(null, "", location.pathname);
      store.select(null);
    },
    /** Opens what the address names. */
    async follow() {
      const id = addressed();
      if (id !== null && !store.get(id)) await seek(id);
      const known = id === null || store.get(id);
      if (known && id === addressed() && id !== store.selected) store.select(id);
    },
  };
}
