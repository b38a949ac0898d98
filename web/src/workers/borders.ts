// Borders, drawn from the raster of territories itself: no other map is asked. The steps between pixels of different territories
// become segments between the pixels' corners; each corner is then drawn towards its neighbours, so that steps become lines.

export interface BordersAsked { width: number; height: number; territory: Uint16Array; root: Uint16Array; sea: Uint8Array }
/** Segments of coasts and of borders: longitude and latitude of both ends, degrees. */
export interface BordersFound { coasts: Float32Array; borders: Float32Array; regions: Float32Array }

const ROUNDS = 3;

self.onmessage = ({ data }: MessageEvent<BordersAsked>) => {
  const found = trace(data);
  self.postMessage(found, { transfer: [found.coasts.buffer, found.borders.buffer, found.regions.buffer] });
};

function trace({ width, height, territory, root, sea }: BordersAsked): BordersFound {
  const corners = new Map<number, number>();
  const place: number[] = [];
  const ends: number[] = [];
  const kinds: number[] = [];
  // A corner is numbered by row and column, its column not wrapped: a segment never spans the map.
  const corner = (row: number, column: number): number => {
    const key = row * (width + 1) + column;
    let index = corners.get(key);
    if (index === undefined) { index = place.length / 2; corners.set(key, index); place.push(column, row); }
    return index;
  };
  const kindOf = (a: number, b: number): number => {
    if (a === b) return -1;
    if (sea[a] && sea[b]) return -1;
    if (sea[a] || sea[b]) return 0;
    return root[a] === root[b] ? 2 : 1;
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const here = territory[row * width + column]!;
      const east = kindOf(here, territory[row * width + ((column + 1) % width)]!);
      if (east >= 0) { ends.push(corner(row, column + 1), corner(row + 1, column + 1)); kinds.push(east); }
      const south = row + 1 < height ? kindOf(here, territory[(row + 1) * width + column]!) : -1;
      if (south >= 0) { ends.push(corner(row + 1, column), corner(row + 1, column + 1)); kinds.push(south); }
    }
  }
  let at = Float32Array.from(place);
  for (let round = 0; round < ROUNDS; round++) {
    const sum = new Float32Array(at.length), count = new Uint8Array(at.length / 2);
    for (let k = 0; k < ends.length; k += 2) {
      const a = ends[k]!, b = ends[k + 1]!;
      sum[2 * a]! += at[2 * b]!; sum[2 * a + 1]! += at[2 * b + 1]!; count[a]! += 1;
      sum[2 * b]! += at[2 * a]!; sum[2 * b + 1]! += at[2 * a + 1]!; count[b]! += 1;
    }
    const next = new Float32Array(at.length);
    for (let k = 0; k < count.length; k++) {
      const share = count[k]! > 1 ? 0.5 : 0;
      for (const axis of [0, 1]) next[2 * k + axis] = at[2 * k + axis]! * (1 - share) + (share * sum[2 * k + axis]!) / Math.max(1, count[k]!);
    }
    at = next;
  }
  const segments: number[][] = [[], [], []];
  kinds.forEach((kind, k) => {
    for (const end of [ends[2 * k]!, ends[2 * k + 1]!]) segments[kind]!.push((at[2 * end]! / width) * 360 - 180, 90 - (at[2 * end + 1]! / height) * 180);
  });
  return { coasts: Float32Array.from(segments[0]!), borders: Float32Array.from(segments[1]!), regions: Float32Array.from(segments[2]!) };
}
