// Something that is to happen once in this browser, however many tabs of it are open.

const PREFIX = "rung.";
/** All tabs hear of an alert within this time. */
const SETTLES_MS = 150;
const KEPT_MS = 2 * 86_400_000;

/**
 * A tab's way to be the one that does it: all that hear of it write their name, the last one stands.
 *
 * Web Locks would do, but browsers have them on secure addresses only, and many a server here is
 * reached by plain HTTP within its own network.
 *
 * @param tab a name that no other tab has
 */
export function claimer(tab: string): (id: number) => Promise<boolean> {
  const asked = new Set<number>();
  return async (id) => {
    if (asked.has(id)) return false;
    asked.add(id);
    const key = `${PREFIX}${String(id)}`;
    try {
      if (localStorage.getItem(key) !== null) return false;
      localStorage.setItem(key, `${tab} ${String(Date.now())}`);
      await new Promise((done) => setTimeout(done, SETTLES_MS));
      return localStorage.getItem(key)?.split(" ")[0] === tab;
    } catch {
      return true; // storage is forbidden: each tab is alone
    }
  };
}

/** What happened days ago need not be remembered. */
export function forgetOld(now: number): void {
  try {
    for (const key of Object.keys(localStorage)) {
      const at = Number(localStorage.getItem(key)?.split(" ")[1]);
      if (key.startsWith(PREFIX) && !(now - at < KEPT_MS)) localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
}
