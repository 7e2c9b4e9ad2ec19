// The live line: server-sent events, and an honest word on whether it stands.

/** Every type of event that cases make, as `api/life/machine.py` has them. */
const EVENTS = [
  "case.filed",
  "case.verify_asked",
  "case.taken_in",
  "case.verified",
  "case.registered",
  "case.voided",
  "case.dispatch_asked",
  "case.dispatched",
  "case.handed_over",
  "case.signed",
  "case.assigned",
  "case.finished",
  "case.check_asked",
  "case.check_taken",
  "case.check_left",
  "case.check_passed",
  "case.check_failed",
  "case.rework",
  "case.close_asked",
  "case.closed",
  "case.postpone_asked",
  "case.postpone_granted",
  "case.postpone_refused",
  "case.rollback_asked",
  "case.rollback_granted",
  "case.rollback_refused",
  "case.suspend_asked",
  "case.suspend_granted",
  "case.suspend_refused",
  "case.void_asked",
  "case.void_granted",
  "case.void_refused",
  "case.withdrawn",
  "case.lapsed",
  "case.resumed",
  "case.supervised",
  "case.pressed",
  "case.standard_set",
  "case.reviewed",
  "case.to_penalty",
  "case.penalty_numbered",
  "case.sighted",
  "case.called_back",
  "case.file_added",
  "case.overdue",
  "case.stage_done",
  "case.escalated",
  "case.settling",
  "case.unsettled",
  "case.snoozed",
  "case.woken",
  "case.given",
];
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

/**
 * Opens the stream and keeps it open.
 *
 * A browser reconnects by itself after a broken line, but gives up on a refusal, and does not see
 * a line that died without a word; `reopen` is for that, called by whoever finds the server back.
 *
 * @param {{onCase: (name: string, found: object) => void,
 *   onCamera: () => void, onState: (state: "connecting" | "live" | "lost") => void}} handlers
 */
export function openStream({ onCase, onCamera, onState }) {
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
    source.addEventListener("camera.alert", () => onCamera());
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
