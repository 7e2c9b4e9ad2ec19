// What an operator does to an alert: a verdict and its undoing, a snooze of its place, giving it away.

import { answer, api, versioned, type Schemas } from "@/api/client";
import { Clash } from "@/api/errors";
import { clockTime, shortMoment } from "@/format";
import { t } from "@/i18n";
import { settings } from "@/settings";
import { complain, tell } from "@/shell/toasts";
import { verdictOf, type Alert } from "@/views/alerts/alerts";
import { nameOf } from "@/views/alerts/colleagues";
import type { Queue } from "@/views/alerts/queue";
import type { Whole } from "@/views/alerts/whole";

export const UNDO_S = 10;
const UNDO_MS = UNDO_S * 1000;
type Kind = Schemas["Verdict"];

const by = () => settings.operator;
const pathOf = ({ id }: Alert) => ({ path: { case_id: id } });

/** What somebody else has said of it, when and who, in a sentence. */
export function saidBy(found: Alert): string {
  const said = verdictOf(found);
  if (said === null) return "";
  const who = said.by === "" ? t("alerts.somebody") : nameOf(said.by);
  return t(`alerts.said_${said.verdict}`, { who, time: clockTime(said.at) });
}

/**
 * @param open to look at an alert
 */
export function useActing(queue: Queue, whole: Whole, open: (id: number) => void) {
  /** Somebody was first: say who and when, and show what is there now. */
  async function second(found: Alert, error: Clash): Promise<void> {
    try {
      const { data, etag } = await versioned(
        api.GET("/v1/cases/{case_id}", { params: pathOf(found) }),
      );
      const now = data as Alert;
      const said = saidBy(now);
      if (said === "") complain(error, `${found.number}: `);
      else tell(t("alerts.second", { number: found.number, said }));
      whole.keep(now, etag);
    } catch (again) {
      complain(again);
    }
  }

  async function settle(found: Alert, verdict: Kind, kind?: string): Promise<void> {
    const seen = whole.seen.value;
    if (seen === null) return;
    const body = { verdict, reason: "", kind, undo_s: UNDO_S, by: by() };
    const params = { ...pathOf(found), header: { "if-match": seen.etag } };
    queue.claim(found.id); // the line may tell of it before the answer comes
    try {
      const made = await answer(api.POST("/v1/cases/{case_id}/verdict", { params, body }));
      queue.take(made as Alert);
      const back = { words: t("alerts.undo"), run: () => void undo(found) };
      tell(t(`alerts.${verdict}`, { number: found.number }), back, UNDO_MS);
    } catch (error) {
      queue.disclaim(found.id);
      if (error instanceof Clash) await second(found, error);
      else complain(error, `${found.number}: `);
    }
  }

  async function undo(found: Alert): Promise<void> {
    try {
      const asked = api.DELETE("/v1/cases/{case_id}/verdict", { params: pathOf(found) });
      const { data, etag } = await versioned(asked);
      queue.disclaim(found.id);
      open(found.id);
      // Seen already, and changed by this very hand.
      whole.keep(data as Alert, etag);
    } catch (error) {
      complain(error);
    }
  }

  async function snooze(found: Alert, minutes: number): Promise<void> {
    queue.claim(found.id);
    try {
      const body = { minutes, note: "", by: by() };
      const asked = api.POST("/v1/cases/{case_id}/snooze", { params: pathOf(found), body });
      const made = await answer(asked);
      const back = { words: t("alerts.undo"), run: () => void wake(found, made.id) };
      tell(t("alerts.snoozed", { time: shortMoment(made.until) }), back, UNDO_MS);
      await queue.load(); // all that lies there waits
    } catch (error) {
      queue.disclaim(found.id);
      complain(error, `${found.number}: `);
    }
  }

  async function wake(found: Alert, snooze_id: number): Promise<void> {
    queue.disclaim(found.id);
    try {
      await answer(api.DELETE("/v1/snoozes/{snooze_id}", { params: { path: { snooze_id } } }));
      await queue.load(); // all that lay under it is back
    } catch (error) {
      complain(error);
    }
  }

  async function give(found: Alert, to: string | null): Promise<void> {
    try {
      const params = pathOf(found);
      const asked = api.PUT("/v1/cases/{case_id}/assignee", { params, body: { to } });
      const { data, etag } = await versioned(asked);
      whole.keep(data as Alert, etag);
    } catch (error) {
      if (error instanceof Clash) await second(found, error);
      else complain(error, `${found.number}: `);
    }
  }

  return { settle, snooze, give };
}

export type Acting = ReturnType<typeof useActing>;
