import { resolve } from 'node:path';
import { prefixOf } from './address.js';
import { type MappedFrom, mappedFrom, readMapping } from './mapping.js';

/** A place in a file as the user wrote it; lines and columns from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line itself. */
  readonly text: string;
}

export type Origins = (offset: number) => Origin | undefined;

/** Where each line of a text begins. */
const linesOf = (text: string): number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

/** Line and column, from 0. */
const pointsIn = (text: string): ((offset: number) => readonly [line: number, column: number]) => {
  const starts = linesOf(text);
  return (offset) => {
    let line = 0;
    for (let step = 1 << Math.ceil(Math.log2(starts.length + 1)); step > 0; step >>= 1)
      if ((starts[line + step] ?? Number.POSITIVE_INFINITY) <= offset) line += step;
    return [line, offset - starts[line]!];
  };
};

export interface SourceMap {
  readonly mappings: string;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
}

/** Finds where the text of a bundle comes from; the map is read when the first place is asked for. */
export const originsIn = (text: string, map: () => SourceMap, folder: string): Origins => {
  let find: Origins | undefined;
  return (offset) => {
    find ??= mapped(text, map(), folder);
    return find(offset);
  };
};

const mapped = (text: string, { mappings, sources, sourcesContent }: SourceMap, folder: string): Origins => {
  const mapping = readMapping(mappings);
  const pointAt = pointsIn(text);
  const files = sources.map((source, at) => fileIn(resolve(folder, source), sourcesContent[at] ?? ''));
  return (offset) => {
    const from = mappedFrom(mapping, ...pointAt(offset));
    const file = from && files[from.source];
    return file && placeIn(file(), from);
  };
};

interface File {
  readonly path: string;
  readonly lines: readonly string[];
  /** Length of what stands before the user's own first line. */
  readonly before: number;
}

const fileIn = (path: string, content: string): (() => File) => {
  let file: File | undefined;
  return () => {
    file ??= { path, lines: content.split('\n'), before: lengthOfPrefix(path, content) };
    return file;
  };
};

const lengthOfPrefix = (path: string, content: string) =>
  content.startsWith('const __millrace_') ? prefixOf(path, content).length : 0;

const placeIn = ({ path, lines, before }: File, { line, column }: MappedFrom): Origin => {
  const own = line === 0 ? before : 0;
  const text = (lines[line] ?? '').slice(own);
  return { file: path, line: line + 1, column: column - own + 1, text: text.trimEnd() };
};

/** A lone text is its own origin. */
export const itself = (text: string): Origins => {
  const pointAt = pointsIn(text);
  return (offset) => {
    const [line, column] = pointAt(offset);
    return { file: '', line: line + 1, column: column + 1, text: text.split('\n')[line] ?? '' };
  };
};
