// The district's own streets, as a base for maps where there is no network.

import type { FeatureCollection } from "geojson";
import * as L from "leaflet";
import { answer, api } from "@/api/client";

let asked: Promise<FeatureCollection> | null = null;

/** They change with the survey, not within a shift: one page asks once. */
function streets(): Promise<FeatureCollection> {
  asked ??= answer(
    api.GET("/v1/map/{layer}", { params: { path: { layer: "streets" } } }),
  ) as unknown as Promise<FeatureCollection>;
  asked.catch(() => (asked = null));
  return asked;
}

/**
 * Draw them on a map.
 *
 * @param map null once it is gone
 * @returns how many there are
 */
export async function drawStreets(map: () => L.Map | null): Promise<number> {
  const found = await streets();
  const on = map();
  const style = { className: "street" };
  if (on !== null) L.geoJSON(found, { interactive: false, style }).addTo(on).bringToBack();
  return found.features.length;
}
