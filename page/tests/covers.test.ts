// Covers come packed as differences, and are found in a part of the map.

import { expect, it } from "vitest";
import { clustered, unpack } from "@/views/map/covers";

const packed = {
  scale: 1_000_000,
  categories: ["雨水井盖", "污水井盖"],
  codes: ["a", "b", "c"],
  kinds: [0, 1, 0],
  points: [117_500_000, 36_700_000, 10, -10, 400_000, 300_000],
};

it("unpacks each as its place and its kind", () => {
  const [first, second, third] = unpack(packed);
  expect(first?.geometry.coordinates).toEqual([117.5, 36.7]);
  expect(second?.geometry.coordinates).toEqual([117.50001, 36.69999]);
  expect(second?.properties).toEqual({ code: "b", category: "污水井盖" });
  expect(third?.geometry.coordinates).toEqual([117.90001, 36.99999]);
});

it("draws near ones as one from afar, and loses none", () => {
  const index = clustered(unpack(packed));
  const far = index.getClusters([110, 30, 120, 40], 8);
  const counts = far.map((each) =>
    "point_count" in each.properties ? each.properties.point_count : 1,
  );
  expect(counts.reduce((sum, each) => sum + each)).toBe(3);
  expect(far.length).toBeLessThan(3);
});
