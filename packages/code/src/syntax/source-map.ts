import { pathToFileURL } from 'node:url';
import { writtenMapping } from './mapping.js';
import type { Origins } from './origin.js';

/** Where the words of a text come from, as debuggers read it: a comment for the end of the text. */
export const sourceMapComment = (text: string, origin: Origins): string => {
  const sources: string[] = [];
  const numberOf = (file: string) => {
    const known = sources.indexOf(file);
    return known < 0 ? sources.push(file) - 1 : known;
  };
  let before = 0;
  const lines = text.split('\n').map((line) => {
    const start = before;
    before += line.length + 1;
    return [...line.matchAll(WORD)].flatMap(({ index }): [number, ...number[]][] => {
      const from = origin(start + index);
      return from?.file ? [[index, numberOf(pathToFileURL(from.file).href), from.line - 1, from.column - 1]] : [];
    });
  });
  const map = { version: 3, sources, names: [], mappings: writtenMapping(lines) };
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
};

const WORD = /[\p{L}\p{N}_$]+|[^\p{L}\p{N}_$\s]/gu;
