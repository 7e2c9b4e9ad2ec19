// What a worker is asked about cameras that are not there yet, and how addresses are put together.

import { answer, api, type Schemas } from "@/api/client";

/** Pairs are lists of any length to the client's types, and pairs to the description's. */
export type Probe = Schemas["ProbeView"];
export type Discovery = Schemas["DiscoveryView"];
export type Found = Schemas["FoundCamera"];

const ASK_MS = 700;
const HIDDEN = "***";
const pause = (signal: AbortSignal) =>
  new Promise<void>((done, fail) => {
    signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
    setTimeout(done, ASK_MS);
  });

/** Have a worker try an address, and wait for what it gives. */
export async function tried(worker: string, url: string, signal: AbortSignal): Promise<Probe> {
  const body = { worker, url, transport: "tcp" as const };
  let found = (await answer(api.POST("/v1/cameras/probes", { body }))) as Probe;
  const params = { path: { probe_id: found.id } };
  while (found.state === "waiting") {
    await pause(signal);
    found = (await answer(api.GET("/v1/cameras/probes/{probe_id}", { params }))) as Probe;
  }
  return found;
}

/** Have a worker's networks asked, and wait for who answers. */
export async function searched(
  body: Schemas["DiscoveryWrite"],
  signal: AbortSignal,
): Promise<Discovery> {
  let found = await answer(api.POST("/v1/cameras/discoveries", { body }));
  const params = { path: { discovery_id: found.id } };
  while (found.state === "waiting") {
    await pause(signal);
    found = await answer(api.GET("/v1/cameras/discoveries/{discovery_id}", { params }));
  }
  return found;
}

/** A found camera's address as the form has it: who may look is given apart. */
export const bare = (url: string): string => url.replace(/^(rtsps?:\/\/)[^/]*\*\*\*@/, "$1");

/** Whether something of an address is not known here and must be filled in. */
export const isHidden = (url: string): boolean => url.includes(HIDDEN);

/** The address with user and password in it, where they are given; odd characters are escaped. */
export function complete(url: string, user: string, password: string): string {
  const given = url.trim();
  const address = /^[a-z]+:\/\//i.test(given) || given.startsWith("${") ? given : `rtsp://${given}`;
  if (user === "") return address;
  const who = password === "" ? odd(user) : `${odd(user)}:${odd(password)}`;
  return address.replace(/^(rtsps?:\/\/)(?:[^/@]*@)?/i, (_, scheme: string) => `${scheme}${who}@`);
}

/** Escaped, but for the name of a worker's variable, such as `${GATE_PASSWORD}`. */
const odd = (text: string): string =>
  /^\$\{\w+\}$/.test(text) ? text : encodeURIComponent(text).replace(/\*/g, "%2A");

/** An id that nobody has to think about: the camera's host, fit for an id. */
export function idFor(url: string): string {
  const host = /:\/\/(?:[^/@]*@)?([^/:?]+)/.exec(url)?.[1] ?? "";
  const name = host.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return name === "" ? "" : `cam-${name}`.slice(0, 64);
}
