// A sound and a desktop notice for what is urgent, as far as the browser lets the page.

import { computed, onMounted, onUnmounted, ref, watch, type ComputedRef } from "vue";
import { named, t } from "@/i18n";
import { remember, settings } from "@/settings";
import { where, type Alert } from "@/views/alerts/alerts";
import { claimer, forgetOld } from "@/views/alerts/once";

/** Two short tones, the second higher: they are told from machines' single ones. */
const TONES_HZ = [660, 880];
const TONE_S = 0.22;
const claim = claimer(`${String(Date.now())}-${Math.random().toString(36).slice(2)}`);

let context: AudioContext | null = null;
const audible = ref(false);
const notices = ref<NotificationPermission>(
  "Notification" in window ? Notification.permission : "denied",
);

export const wanted = computed(() => settings.sound !== "off");
/** Wanted, and something is missing that a press of the switch would mend. */
export const asksForPress = computed(
  () => wanted.value && (!audible.value || notices.value === "default"),
);

/** A browser is silent until its page was touched. */
async function wake(): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  audible.value = context.state === "running";
}

export async function turn(on: boolean): Promise<void> {
  remember("sound", on ? "on" : "off");
  if (!on) return;
  await wake();
  if (notices.value === "default") notices.value = await Notification.requestPermission();
}

function sound(): void {
  if (context === null || !audible.value) return;
  TONES_HZ.forEach((pitch, index) => {
    if (context === null) return;
    const start = context.currentTime + index * TONE_S;
    const [tone, loud] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    // Let in and out softly: a tone that is cut clicks.
    loud.gain.setValueAtTime(0, start);
    loud.gain.linearRampToValueAtTime(0.4, start + 0.02);
    loud.gain.linearRampToValueAtTime(0, start + TONE_S);
    tone.connect(loud).connect(context.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
  });
}

function notice(found: Alert, open: (id: number) => void): void {
  if (notices.value !== "granted") return;
  const title = `${t("alerts.urgent")} ${named(found.category)}`;
  try {
    const shown = new Notification(title, { body: where(found), tag: `alert-${String(found.id)}` });
    shown.onclick = () => {
      window.focus();
      open(found.id);
      shown.close();
    };
  } catch {
    // Phones have notices of service workers only: the sound serves.
  }
}

/** Ring for what is urgent and waits: once each, in one tab. */
export function useRinging(waiting: ComputedRef<Alert[]>, open: (id: number) => void): void {
  const urgent = computed(() => waiting.value.filter((found) => found.urgent));
  const able = computed(() => wanted.value && (audible.value || notices.value === "granted"));

  async function ring(): Promise<void> {
    if (!able.value) return;
    const asked = urgent.value.map(async (found) => ((await claim(found.id)) ? found : null));
    const mine = (await Promise.all(asked)).filter((found) => found !== null);
    if (mine.length === 0) return;
    sound();
    for (const found of mine.slice(0, 3)) notice(found, open);
  }

  watch([() => urgent.value.map(({ id }) => id).join(), able], () => void ring(), {
    immediate: true,
  });
  const touched = ({ target }: Event) => {
    // The switch wakes it by itself, and would find nothing left to do but to turn it off.
    const own = target instanceof Element && target.closest("[data-name=sound]") !== null;
    if (!own && wanted.value && !audible.value) void wake();
  };
  onMounted(() => {
    forgetOld(Date.now());
    document.addEventListener("pointerdown", touched);
    document.addEventListener("keydown", touched);
  });
  onUnmounted(() => {
    document.removeEventListener("pointerdown", touched);
    document.removeEventListener("keydown", touched);
  });
}
