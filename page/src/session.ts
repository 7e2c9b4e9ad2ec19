// Who is signed in here, and what they may do.

import { computed, reactive } from "vue";
import { answer, api, type Schemas } from "@/api/client";
import { SignedOut } from "@/api/errors";
import { remember } from "@/settings";

export type Me = Schemas["Me"];

const state = reactive<{ me: Me | null; asked: boolean; wanted: boolean }>({
  me: null,
  asked: false,
  wanted: false,
});

/** Whoever is signed in; null before that is known, and when nobody is. */
export const me = computed(() => state.me);

/** Whether somebody has to sign in before anything can be shown. */
export const wanted = computed(() => state.wanted);

/** Whether it is known who is here. */
export const known = computed(() => state.asked);

/** Ask who is here; a missing sign-in is asked for. */
export async function learn(): Promise<void> {
  try {
    state.me = await answer(api.GET("/v1/me"));
    state.wanted = false;
    if (state.me.kind === "person") remember("operator", state.me.display);
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    state.me = null;
    state.wanted = true;
  } finally {
    state.asked = true;
  }
}

/** Whether whoever is here is a chief and nothing else: their own cases are all that they see. */
export const isChief = computed(
  () => state.me !== null && state.me.roles.length === 1 && state.me.roles[0] === "chief",
);

/** Come in by the link of a notice. Its secret stands behind the `#`, which no server is told. */
export async function enterBy(token: string): Promise<void> {
  await api.POST("/v1/chief-sessions", { body: { token } });
}

/** Whether whoever is here has one of these roles. */
export function may(...roles: Me["roles"][number][]): boolean {
  return state.me?.roles.some((role) => roles.includes(role)) ?? false;
}

/** Something was refused for want of a sign-in. */
export function signInWanted(): void {
  state.wanted = true;
}

export async function signOut(): Promise<void> {
  try {
    await api.POST("/v1/logout");
  } finally {
    location.reload();
  }
}
