import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { remember } from "@/settings";
import { KEYS, press, type Desk } from "@/views/alerts/keys";

const FILES = import.meta.glob<Record<string, string>>("../src/strings/zh-CN/alerts.json", {
  eager: true,
  import: "default",
});
const WORDS = Object.values(FILES)[0] ?? {};

/** Press a key on an element, and say what was done. */
function done(
  key: string,
  on: HTMLElement = document.body,
  more: KeyboardEventInit = {},
): string[] {
  const said: string[] = [];
  const desk = new Proxy({} as Desk, {
    get: (_, name) => (given?: unknown) => {
      said.push([String(name), given].join(" ").trim());
    },
  });
  const event = new KeyboardEvent("keydown", { key, bubbles: true, ...more });
  on.addEventListener("keydown", (heard) => press(heard, desk), { once: true });
  on.dispatchEvent(event);
  return said;
}

function put(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body.querySelector<HTMLElement>("[data-on]") ?? document.body;
}

describe("keys", () => {
  beforeEach(() => remember("shortcuts", "on"));
  afterEach(() => {
    document.body.innerHTML = "";
    remember("shortcuts", "on");
  });

  it("are each for one thing, with words for it", () => {
    const all = KEYS.flatMap(({ keys }) => keys);
    expect(new Set(all).size).toBe(all.length);
    for (const { words } of KEYS) expect(WORDS[words], words).toBeTruthy();
  });

  it("do what the sheet says, in small letters and great ones", () => {
    expect(done("j")).toEqual(["walk 1"]);
    expect(done("K")).toEqual(["walk -1"]);
    expect(done("c")).toEqual(["confirm"]);
    expect(done("s")).toEqual(["ask snooze"]);
    expect(done("3")).toEqual(["choose 3"]);
    expect(done("ArrowLeft")).toEqual(["jump -1"]);
    expect(done("？")).toEqual(["help"]);
    expect(done("x")).toEqual([]);
  });

  it("settle nothing when they are held down", () => {
    expect(done("c", document.body, { repeat: true })).toEqual([]);
    expect(done("j", document.body, { repeat: true })).toEqual(["walk 1"]);
  });

  it("leave the browser's own combinations alone, and what is being typed", () => {
    expect(done("c", document.body, { ctrlKey: true })).toEqual([]);
    expect(done("c", document.body, { isComposing: true })).toEqual([]);
    expect(done("c", put("<input data-on>"))).toEqual([]);
    expect(done("c", put("<input type=checkbox data-on>"))).toEqual(["confirm"]);
    expect(done("Escape", put("<input data-on>"))).toEqual(["cancel"]);
  });

  it("leave a control its own", () => {
    expect(done(" ", put("<button data-on>x</button>"))).toEqual([]);
    expect(done(" ")).toEqual(["play"]);
    expect(done("ArrowLeft", put("<video data-on></video>"))).toEqual([]);
  });

  it("wait while a dialog is open", () => {
    put("<div role=dialog></div>");
    expect(done("c")).toEqual([]);
  });

  it("can be turned off; a question is still left by Escape", () => {
    remember("shortcuts", "off");
    expect(done("c")).toEqual([]);
    expect(done("Escape")).toEqual(["cancel"]);
  });
});
