// What is watched and by whom, as the head of every view tells it.

import type { Schemas } from "@/api/client";
import { t } from "@/i18n";

export type Watching = Schemas["Watching"];
export type CameraState = Schemas["WatchedCamera"]["state"] | "unheard";
export type Camera = Omit<Schemas["WatchedCamera"], "state"> & { state: CameraState };
export type Mood = "troubled" | "live" | "none";

/** From well to ill. */
const STATES: readonly CameraState[] = [
  "live",
  "degraded",
  "connecting",
  "stalled",
  "refused",
  "unheard",
];
/** From this share of analyses left undone on, a worker has more to do than it can. */
export const OVERLOADED = 0.01;

/** Three answers: watched; watched until its worker fell silent; not watched by anyone yet. */
export function kindGroups(kinds: Watching["kinds"]) {
  return [
    { name: "watched", kinds: kinds.filter((kind) => kind.watched) },
    { name: "silent", kinds: kinds.filter((kind) => !kind.watched && kind.last_heard) },
    { name: "unwatched", kinds: kinds.filter((kind) => !kind.watched && !kind.last_heard) },
  ].filter((group) => group.kinds.length > 0);
}

/**
 * One entry a camera, the worst first. When its worker fell silent, so did all it said of the
 * camera; another worker that is alive and has taken the camera over speaks for it.
 */
export function byCamera(cameras: Watching["cameras"]): Camera[] {
  const entries = new Map<string, Camera>();
  for (const camera of cameras) {
    const state = camera.alive ? camera.state : "unheard";
    if (camera.alive || !entries.has(camera.camera_id))
      entries.set(camera.camera_id, { ...camera, state });
  }
  const rank = ({ state }: Camera) => STATES.indexOf(state);
  return [...entries.values()].sort((a, b) => rank(b) - rank(a));
}

export function workerTroubled(worker: Schemas["WorkerHealth"]): boolean {
  return !worker.alive || worker.outbox_rejected > 0 || (worker.shed_share ?? 0) > OVERLOADED;
}

/** How it stands with all of them; where there is no camera, nothing is well or ill. */
export function mood({ cameras, workers, alerts = [] }: Watching): Mood {
  const known = byCamera(cameras);
  const ill =
    alerts.some(({ holds }) => holds) ||
    known.some(({ state }) => state !== "live") ||
    workers.some(workerTroubled);
  if (ill) return "troubled";
  return known.length > 0 ? "live" : "none";
}

export function summary({ cameras, alerts = [] }: Watching): string {
  const known = byCamera(cameras);
  const counts = STATES.map((state) => ({
    state,
    count: known.filter((camera) => camera.state === state).length,
  }));
  const states = counts
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${t(`stands.${state}`)} ${count}`);
  const parts =
    known.length > 0
      ? [t("strip.cameras", { count: known.length }), ...states]
      : [t("strip.no_cameras")];
  if (alerts.length > 0) parts.push(t("strip.alerts", { count: alerts.length }));
  return parts.join(" · ");
}

/** A word that the catalogue may not have; then it stays as it came. */
export function word(prefix: string, name: string): string {
  const words = t(`${prefix}.${name}`);
  return words === `${prefix}.${name}` ? name : words;
}
