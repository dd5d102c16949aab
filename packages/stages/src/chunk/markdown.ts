import type { Size, Unit } from './pack.js';
import { countTokens, sentenceUnits } from './units.js';

/** A heading (or a run of headings with nothing between) and all that stands below it, up to the next heading. */
export interface Section {
  readonly headings: readonly string[];
  readonly units: readonly Unit[];
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly heading?: { readonly level: number; readonly title: string };
}

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Blocks are headings, fenced code, and runs of lines without a blank one (paragraphs, lists, tables). */
export function sectionsOf(text: string, size: Size): Section[] {
  const sections: { headings: string[]; units: Unit[] }[] = [];
  const path: (string | undefined)[] = [];
  let previous: Block | undefined;
  for (const block of blocksOf(text)) {
    if (block.heading) path.splice(block.heading.level - 1, path.length, ...padded(path, block.heading));
    const opens = sections.length === 0 || (block.heading && !previous?.heading);
    if (opens) sections.push({ headings: [], units: [] });
    const section = sections.at(-1)!;
    if (opens || block.heading) section.headings = path.filter((title) => title !== undefined);
    section.units.push(...blockUnits(text, block, size));
    previous = block;
  }
  return sections;
}

/** A level that was skipped (# then ###) leaves a hole in the path. */
const padded = (path: readonly (string | undefined)[], { level, title }: NonNullable<Block['heading']>) => [
  ...new Array<undefined>(Math.max(0, level - 1 - path.length)).fill(undefined),
  title,
];

function blockUnits(text: string, block: Block, size: Size): Unit[] {
  const part = text.slice(block.start, block.end);
  const weight = countTokens(part);
  if (weight > size.size) return sentenceUnits(part, size, block.start);
  return [{ start: block.start, end: block.end, weight, closes: !block.heading }];
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number; fence?: string } | undefined;
  const close = () => {
    if (open) blocks.push({ start: open.start, end: open.end });
    open = undefined;
  };
  for (const line of linesOf(text)) {
    const fence = FENCE.exec(line.text)?.[1];
    const heading = open?.fence ? null : HEADING.exec(line.text);
    if (open?.fence) {
      open.end = line.end;
      if (fence?.startsWith(open.fence) && line.text.trim() === fence) close();
    } else if (heading || fence || line.text.trim() === '') {
      close();
      if (fence) open = { start: line.start, end: line.end, fence };
      if (heading) blocks.push({ ...span(line), heading: { level: heading[1]!.length, title: heading[2]! } });
    } else open = { start: open?.start ?? line.start, end: line.end };
  }
  close();
  return blocks;
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const span = ({ start, end }: Line) => ({ start, end });

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((raw) => {
    const line = { text: raw, start, end: start + raw.trimEnd().length };
    start += raw.length + 1;
    return line;
  });
}
