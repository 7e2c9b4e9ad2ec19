// Who settles alerts here: those with accounts, and the name that this operator goes by.

import { computed, ref } from "vue";
import { answer, api, type Schemas } from "@/api/client";
import { may, me } from "@/session";
import { settings } from "@/settings";
import { complain } from "@/shell/toasts";

const all = ref<Schemas["Colleague"][]>([]);

export const colleagues = computed(() => all.value);

/** Whether records know who is here; else people share a key, and say their names themselves. */
export const isNamed = computed(() => me.value?.kind === "person");

/** As records have it; empty while nobody has said. */
export const myName = computed(() =>
  me.value?.kind === "person" ? me.value.name : settings.operator,
);

/** How somebody is shown whom records have by this name. */
export function nameOf(name: string): string {
  return all.value.find((one) => one.name === name)?.display ?? name;
}

export async function meet(): Promise<void> {
  if (!may("operator", "clerk", "admin")) return;
  try {
    all.value = (await answer(api.GET("/v1/colleagues"))).items as Schemas["Colleague"][];
  } catch (error) {
    complain(error);
  }
}
