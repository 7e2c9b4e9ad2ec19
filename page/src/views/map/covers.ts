// The covers of a district, tens of thousands, in a form that a map can draw.

import type { Feature, Point } from "geojson";
import Supercluster from "supercluster";

/** As the API sends them: columns, each point as its difference to the one before. */
export interface Packed {
  scale: number;
  categories: string[];
  codes: string[];
  kinds: number[];
  points: number[];
}

export interface Cover {
  code: string;
  category: string;
}

export function unpack(packed: Packed): Feature<Point, Cover>[] {
  let longitude = 0;
  let latitude = 0;
  return packed.codes.map((code, at) => {
    longitude += packed.points[2 * at] ?? 0;
    latitude += packed.points[2 * at + 1] ?? 0;
    return {
      type: "Feature",
      geometry: {
        type: "Point",
        coordinates: [longitude / packed.scale, latitude / packed.scale],
      },
      properties: { code, category: packed.categories[packed.kinds[at] ?? -1] ?? "" },
    };
  });
}

/** Finds what to draw of them in a part of the map: near ones are one mark with their number. */
export function clustered(covers: Feature<Point, Cover>[]): Supercluster<Cover> {
  return new Supercluster<Cover>({ radius: 60, maxZoom: 17 }).load(covers);
}
