// The live line: server-sent events, and an honest word on whether it stands.

const EVENTS = ["case.filed", "case.updated", "case.sighted"];
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

/**
 * Opens the stream and keeps it open.
 *
 * A browser reconnects by itself after a broken line, but gives up on a refusal, and does not see
 * a line that died without a word; `reopen` is for that, called by whoever finds the server back.
 *
 * @param {{onCase: (name: string, found: object) => void,
 *   onState: (state: "connecting" | "live" | "lost") => void}} handlers
 */
export function openStream({ onCase, onState }) {
  let source = null;
  let timer = 0;
  let wait = FIRST_WAIT_MS;

  function connect() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/v1/alerts/stream");
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      onState("live");
    };
    source.onerror = () => {
      onState("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => onCase(name, JSON.parse(event.data)));
    }
  }

  onState("connecting");
  connect();
  return {
    reopen: connect,
    close() {
      clearTimeout(timer);
      source.close();
    },
  };
}
