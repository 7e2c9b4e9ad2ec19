// Doing something once after many reasons for it.

const CALM_MS = 1500;

/** `go` has it done in a moment, once, however often it is called meanwhile; `stop` takes that back. */
export function later(work: () => unknown, waitMs = CALM_MS): { go: () => void; stop: () => void } {
  let timer = 0;
  return {
    go: () => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void work();
      }, waitMs);
    },
    stop: () => {
      clearTimeout(timer);
      timer = 0;
    },
  };
}
