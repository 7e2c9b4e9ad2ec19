// The layers of the map: what each is drawn as, and what is said of a thing that is pointed at.

import type { Feature, FeatureCollection } from "geojson";
import * as L from "leaflet";
import { named, t } from "@/i18n";
import type { Schemas } from "@/api/client";
import { clustered, unpack, type Packed } from "@/views/map/covers";

/** What a thing is called, and where one can go on from it. */
export interface Said {
  words: string;
  to?: string;
}

type Props = Record<string, unknown>;

const text = (props: Props, key: string): string => {
  const found = props[key];
  return typeof found === "string" ? found : "";
};

function saidOf(layer: L.Layer, said: Said, go: (to: string) => void): void {
  layer.bindTooltip(said.words);
  const { to } = said;
  if (to !== undefined) layer.on("click", () => go(to));
}

function dots(
  found: FeatureCollection,
  style: (props: Props) => L.CircleMarkerOptions,
  say: (props: Props) => Said,
  go: (to: string) => void,
): L.Layer {
  return L.geoJSON(found, {
    pointToLayer: (feature, at) => L.circleMarker(at, style((feature.properties ?? {}) as Props)),
    onEachFeature: (feature, layer) => saidOf(layer, say((feature.properties ?? {}) as Props), go),
  });
}

export function cameras(found: FeatureCollection, go: (to: string) => void): L.Layer {
  return dots(
    found,
    () => ({ radius: 6, className: "camera" }),
    (props) => ({
      words: text(props, "name") || text(props, "camera_id"),
      to: `/cameras/${encodeURIComponent(text(props, "camera_id"))}`,
    }),
    go,
  );
}

export function cases(found: FeatureCollection, go: (to: string) => void): L.Layer {
  return dots(
    found,
    (props) => ({
      radius: props.urgent === true ? 10 : 7,
      className: props.overdue === true ? "case late" : "case",
    }),
    (props) => ({ words: caseWords(props), to: `/cases/${String(props.case_id)}` }),
    go,
  );
}

function caseWords(props: Props): string {
  const name = named({ name_zh: text(props, "name_zh"), name_en: text(props, "name_en") });
  const marks = [
    props.urgent === true ? t("map.urgent") : "",
    props.overdue === true ? t("map.late") : "",
  ];
  const words = [t("map.case", { name, number: text(props, "number") }), text(props, "address")];
  return [...words, ...marks].filter((word) => word !== "").join(" · ");
}

/** Lines are drawn as wide as their chief's place is. */
export function chiefs(found: FeatureCollection): L.Layer {
  return L.geoJSON(found, {
    style: { className: "chief" },
    onEachFeature: (feature: Feature, layer) => {
      const props = (feature.properties ?? {}) as Props;
      const role = named({ name_zh: text(props, "role_zh"), name_en: text(props, "role_en") });
      layer.bindTooltip(
        t("map.in_charge", { role, name: text(props, "chief"), place: text(props, "place") }),
        { sticky: true },
      );
    },
  });
}

export function hotSpots(found: readonly Schemas["HotSpot"][]): L.Layer {
  return L.layerGroup(
    found.map((spot) =>
      L.circleMarker([spot.latitude, spot.longitude], {
        radius: Math.min(28, 8 + 2 * Math.sqrt(spot.cases)),
        className: "hot",
      }).bindTooltip(t("map.hot_spot", { name: named(spot), cases: spot.cases, days: spot.days })),
    ),
  );
}

/** Tens of thousands, so only what lies in the part that is shown is drawn, near ones as one. */
export function covers(packed: Packed, map: L.Map): L.Layer {
  const index = clustered(unpack(packed));
  const group = L.layerGroup();
  const draw = () => {
    const bounds = map.getBounds();
    const box: [number, number, number, number] = [
      bounds.getWest(),
      bounds.getSouth(),
      bounds.getEast(),
      bounds.getNorth(),
    ];
    group.clearLayers();
    for (const each of index.getClusters(box, Math.round(map.getZoom()))) {
      const [longitude = 0, latitude = 0] = each.geometry.coordinates;
      const props = each.properties as Props;
      if (props.cluster !== true) {
        L.circleMarker([latitude, longitude], { radius: 4, className: "cover" })
          .bindTooltip(`${text(props, "category")} ${text(props, "code")}`)
          .addTo(group);
        continue;
      }
      const count = Number(props.point_count);
      const icon = L.divIcon({
        className: "covers",
        html: String(props.point_count_abbreviated),
        iconSize: [36, 36],
      });
      L.marker([latitude, longitude], { icon, keyboard: false })
        .bindTooltip(t("map.counted", { layer: t("map.covers"), count }))
        .on("click", () =>
          map.setView(
            [latitude, longitude],
            index.getClusterExpansionZoom(Number(props.cluster_id)),
          ),
        )
        .addTo(group);
    }
  };
  group.on("add", () => {
    map.on("moveend", draw);
    draw();
  });
  group.on("remove", () => map.off("moveend", draw));
  return group;
}
