// What can be answered to each question, in the order of the number keys.

import { onMounted, ref, type ComputedRef } from "vue";
import { answer, api, type Schemas } from "@/api/client";
import { now } from "@/clock";
import { shortMoment, ZONE_MS } from "@/format";
import { named, t } from "@/i18n";
import { complain } from "@/shell/toasts";
import { SNOOZES, tomorrow, type Alert } from "@/views/alerts/alerts";
import type { Choice } from "@/views/alerts/ChoiceBar.vue";
import { colleagues, myName } from "@/views/alerts/colleagues";
import type { Question } from "@/views/alerts/keys";

interface Doing {
  dismiss: (kind: string) => void;
  snooze: (minutes: number) => void;
  give: (to: string | null) => void;
}

const MOST = 9;

function snoozes(snooze: Doing["snooze"]): Choice[] {
  const morning = tomorrow(now.value, ZONE_MS);
  const minutes = () => Math.max(1, Math.round((morning - now.value) / 60_000));
  return [
    ...Object.entries(SNOOZES).map(([name, length]) => ({
      words: t(`snooze.${name}`),
      run: () => snooze(length),
    })),
    { words: t("snooze.tomorrow", { time: shortMoment(morning) }), run: () => snooze(minutes()) },
  ];
}

function hands(found: Alert | undefined, give: Doing["give"]): Choice[] {
  const me = myName.value;
  const own = me === "" ? [] : [{ words: t("assign.me", { name: me }), run: () => give(me) }];
  const nobody = { words: t("assign.nobody"), run: () => give(null) };
  const others = colleagues.value
    .filter(({ name }) => name !== me)
    .map(({ name, display }) => ({ words: display, run: () => give(name) }));
  const given = found?.assigned_to != null;
  return [...own, ...(given ? [nobody] : []), ...others].slice(0, MOST);
}

export function useChoices(shown: ComputedRef<Alert | undefined>, doing: Doing) {
  const reasons = ref<Schemas["DismissalReason"][]>([]);
  onMounted(async () => {
    try {
      const all = await answer(api.GET("/v1/dismissal-reasons"));
      reasons.value = all.items.filter(({ active }) => active).slice(0, MOST);
    } catch (error) {
      complain(error);
    }
  });
  return (what: Question): readonly Choice[] => {
    if (what === "snooze") return snoozes(doing.snooze);
    if (what === "assign") return hands(shown.value, doing.give);
    return reasons.value.map((reason) => ({
      words: named(reason),
      run: () => doing.dismiss(reason.code),
    }));
  };
}
