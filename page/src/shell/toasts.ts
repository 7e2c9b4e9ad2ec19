// Short words that go by themselves: what was done, or why it was not.

import { readonly, ref } from "vue";
import { Refusal, SignedOut, Unreachable } from "@/api/errors";
import { t } from "@/i18n";
import { signInWanted } from "@/session";

export interface Toast {
  id: number;
  words: string;
  /** Something can still be done about it: its words, and how. */
  action?: { words: string; run: () => void };
  lastsMs: number;
}

const LASTS_MS = 8000;
/** More would cover what they speak of. */
const MOST = 3;
const all = ref<Toast[]>([]);
let last = 0;

export const toasts = readonly(all);

export function tell(words: string, action?: Toast["action"], lastsMs = LASTS_MS): void {
  last += 1;
  all.value.push(
    action === undefined ? { id: last, words, lastsMs } : { id: last, words, action, lastsMs },
  );
  // The oldest goes first, but none that something can still be done about.
  const done = all.value.filter((toast) => toast.action === undefined);
  for (const { id } of done.slice(0, Math.max(0, all.value.length - MOST))) forget(id);
}

export function forget(id: number): void {
  all.value = all.value.filter((toast) => toast.id !== id);
}

/** An error in the reader's language. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) return t("error.unreachable");
  if (!(error instanceof Refusal)) return t("error.page", { detail: String(error) });
  if (error.status === 429) return t("error.busy");
  if (error.readable && error.detail !== "") return error.detail;
  return t("error.refused", { status: error.status, detail: error.detail });
}

/** Show what went wrong; a missing sign-in is answered with the sign-in instead. */
export function complain(error: unknown, about = ""): void {
  if (error instanceof SignedOut) signInWanted();
  else tell(about + explain(error));
}
