// Single keys for people who do this all day: one table, of which the handler and the sheet are made.

import { settings } from "@/settings";

export type Question = "dismiss" | "snooze" | "assign";

/** What keys do. */
export interface Desk {
  walk(step: 1 | -1): void;
  confirm(): void;
  ask(what: Question): void;
  choose(number: number): void;
  cancel(): void;
  boxes(): void;
  zoom(step: 1 | -1 | 0): void;
  play(): void;
  jump(seconds: number): void;
  camera(): void;
  help(): void;
}

export interface Key {
  /** As the sheet shows them. */
  shown: readonly string[];
  /** As the browser names them, in lower case. */
  keys: readonly string[];
  /** The key of its words. */
  words: string;
  run: (desk: Desk, key: string) => void;
  /** Only walking may repeat: a resting elbow must not decide cases. */
  repeats?: true;
  /** A control that has the focus has this key for itself. */
  yields?: string;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export const KEYS: readonly Key[] = [
  { shown: ["J"], keys: ["j"], words: "keys.next", repeats: true, run: (desk) => desk.walk(1) },
  {
    shown: ["K"],
    keys: ["k"],
    words: "keys.previous",
    repeats: true,
    run: (desk) => desk.walk(-1),
  },
  { shown: ["C"], keys: ["c"], words: "keys.confirm", run: (desk) => desk.confirm() },
  { shown: ["D"], keys: ["d"], words: "keys.dismiss", run: (desk) => desk.ask("dismiss") },
  { shown: ["S"], keys: ["s"], words: "keys.snooze", run: (desk) => desk.ask("snooze") },
  { shown: ["A"], keys: ["a"], words: "keys.assign", run: (desk) => desk.ask("assign") },
  {
    shown: ["1…9"],
    keys: DIGITS,
    words: "keys.choose",
    run: (desk, key) => desk.choose(Number(key)),
  },
  { shown: ["Esc"], keys: ["escape"], words: "keys.cancel", run: (desk) => desk.cancel() },
  { shown: ["B"], keys: ["b"], words: "keys.boxes", run: (desk) => desk.boxes() },
  { shown: ["+"], keys: ["+", "="], words: "keys.nearer", run: (desk) => desk.zoom(1) },
  { shown: ["-"], keys: ["-"], words: "keys.farther", run: (desk) => desk.zoom(-1) },
  { shown: ["0"], keys: ["0"], words: "keys.whole", run: (desk) => desk.zoom(0) },
  {
    shown: ["Space"],
    keys: [" "],
    words: "keys.play",
    yields: "button, a, summary, video",
    run: (desk) => desk.play(),
  },
  {
    shown: ["←", "→"],
    keys: ["arrowleft", "arrowright"],
    words: "keys.jump",
    repeats: true,
    yields: "video",
    run: (desk, key) => desk.jump(key === "arrowleft" ? -1 : 1),
  },
  { shown: ["O"], keys: ["o"], words: "keys.camera", run: (desk) => desk.camera() },
  { shown: ["?"], keys: ["?", "？"], words: "keys.help", run: (desk) => desk.help() },
];

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Do what a key is for; says whether it is for anything. */
export function press(event: KeyboardEvent, desk: Desk): boolean {
  const within = (selector: string) =>
    event.target instanceof Element && event.target.closest(selector) !== null;
  const key = event.key.toLowerCase();
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  // A dialog has the keys while it is open, and closes by Escape itself.
  if (document.querySelector("[role=dialog]") !== null) return false;
  if (settings.shortcuts === "off" && key !== "escape") return false;
  if (within(TYPING) && key !== "escape") return false;
  const found = KEYS.find(({ keys }) => keys.includes(key));
  if (found === undefined || (event.repeat && found.repeats !== true)) return false;
  if (found.yields !== undefined && within(found.yields)) return false;
  event.preventDefault();
  found.run(desk, key);
  return true;
}
