// What lies under a map: map tiles where the district has a server of them, and its own streets, which
// are there without a network.

import type { FeatureCollection } from "geojson";
import * as L from "leaflet";
import { answer, api } from "@/api/client";

let asked: Promise<FeatureCollection> | null = null;

/** Zoomed further in, the last tiles are drawn larger. */
const FINEST = 18;

async function drawTiles(map: () => L.Map | null): Promise<void> {
  const { tiles, credit } = await answer(api.GET("/v1/map"));
  const on = map();
  if (on === null || !tiles) return;
  L.tileLayer(tiles, { maxNativeZoom: FINEST, maxZoom: on.getMaxZoom() }).addTo(on);
  // As text: who writes settings writes no markup into the page.
  const text = (credit ?? "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  if (text) L.control.attribution({ prefix: false }).addAttribution(text).addTo(on);
}

/** They change with the survey, not within a shift: one page asks once. */
function streets(): Promise<FeatureCollection> {
  asked ??= answer(
    api.GET("/v1/map/{layer}", { params: { path: { layer: "streets" } } }),
  ) as unknown as Promise<FeatureCollection>;
  asked.catch(() => (asked = null));
  return asked;
}

/**
 * Draw both under a map.
 *
 * @param map null once it is gone
 * @returns how many streets there are
 */
export async function drawGround(map: () => L.Map | null): Promise<number> {
  const [found] = await Promise.all([streets(), drawTiles(map)]);
  const on = map();
  const style = { className: "street" };
  if (on !== null) L.geoJSON(found, { interactive: false, style }).addTo(on).bringToBack();
  return found.features.length;
}
