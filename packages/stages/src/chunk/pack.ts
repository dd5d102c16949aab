/** A piece of text that is not cut: from `start` to `end` in code units. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  /** a natural place to close a chunk that is at least half full, e.g. the end of a paragraph */
  readonly closes: boolean;
}

export interface Size {
  readonly size: number;
  readonly overlap: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Whole units, as many as fit into `size`; the next span goes back over at most `overlap` of them. Every span takes a
 * new unit, and no unit weighs more than `size`. Closing early at natural places lets the spans behind an edit fall
 * back into step with the spans before it.
 */
export function pack(units: readonly Unit[], { size, overlap }: Size): Span[] {
  if (!(size >= 1 && overlap >= 0 && overlap < size)) throw new Error(`BUG: size ${size} with overlap ${overlap}`);
  const spans: Span[] = [];
  let [from, to] = [0, 0];
  while (to < units.length) {
    to = closing(units, { from, to: reach(units, from, size), size, beyond: to });
    spans.push({ start: units[from]!.start, end: units[to - 1]!.end });
    if (to < units.length) from = backFrom(units, to, Math.min(overlap, size - units[to]!.weight));
  }
  return spans;
}

function reach(units: readonly Unit[], from: number, size: number): number {
  let [to, weight] = [from, 0];
  while (to < units.length && weight + units[to]!.weight <= size) weight += units[to++]!.weight;
  return Math.max(to, from + 1);
}

/** The last natural place in the later half of a full span; the whole span where there is none, or where the text ends. */
function closing(units: readonly Unit[], span: { from: number; to: number; size: number; beyond: number }): number {
  if (span.to === units.length) return span.to;
  let weight = 0;
  let best = span.to;
  for (let at = span.from; at < span.to; at++) {
    weight += units[at]!.weight;
    if (units[at]!.closes && weight * 2 >= span.size && at + 1 > span.beyond) best = at + 1;
  }
  return best;
}

function backFrom(units: readonly Unit[], to: number, room: number): number {
  let [from, left] = [to, room];
  while (from > 0 && units[from - 1]!.weight <= left) left -= units[--from]!.weight;
  return from;
}
