// Where a place of one study lies in another one of the same patient, by places that are known in both: the vertebrae, else the lesion.
import type { Point } from "./screen";

export type Anchors = ReadonlyMap<string, Point>;
export const LESION = "lesion";
const NEAREST_MM = 0.01; // a place this near to an anchor is the anchor

const apart = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
export const plus = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** What both have, as the link uses it: vertebrae where there are any, as the middle of a lesion moves when it grows. */
export function common(one: Anchors, other: Anchors): string[] {
  const both = [...one.keys()].filter((name) => other.has(name));
  const levels = both.filter((name) => name !== LESION);
  return levels.length > 0 ? levels : both;
}

/** From a place of one to the same place of the other: the shifts of the anchors, each weighted by the inverse square of its distance
 * (Shepard's interpolation), so that it is exact at each anchor and smooth between them. Null without a common anchor. */
export function shiftAt(place: Point, from: Anchors, to: Anchors): Point | null {
  let sum: Point = [0, 0, 0];
  let weights = 0;
  for (const name of common(from, to)) {
    const [here, there] = [from.get(name), to.get(name)];
    if (here && there) {
      const weight = 1 / Math.max(NEAREST_MM, apart(place, here)) ** 2;
      const shift = minus(there, here);
      sum = plus(sum, [weight * shift[0], weight * shift[1], weight * shift[2]]);
      weights += weight;
    }
  }
  return weights > 0 ? [sum[0] / weights, sum[1] / weights, sum[2] / weights] : null;
}
