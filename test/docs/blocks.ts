import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** ```yaml pipeline.yaml: the file that the block is. */
  readonly file: string | undefined;
  readonly text: string;
  /** `<!-- built, not run: why -->` or `<!-- not run: why -->` above a block. */
  readonly marked: Marked | undefined;
}

export interface Marked {
  readonly how: 'built, not run' | 'not run';
  readonly why: string;
}

const BLOCK = /^(?:<!-- (built, not run|not run): (.+?) -->\n)?```(\w*)(?: +(\S+))?\n([\s\S]*?)^```$/gm;

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(process.cwd(), page), 'utf8');
  const blocks = [...text.matchAll(BLOCK)].map(
    ({ index, 1: how, 2: why, 3: language = '', 4: file, 5: code = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      file,
      text: code,
      marked: how === undefined ? undefined : ({ how, why: why as string } as Marked),
    }),
  );
  const fences = text.match(/^\s*(```|~~~)/gm) ?? [];
  if (fences.length !== 2 * blocks.length)
    throw new Error(`${page} has a code block that is not read as one: begin and end it at the start of a line.`);
  return blocks;
}

export const pagesIn = (folder: string): string[] =>
  readdirSync(join(process.cwd(), folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** `millrace plan # exits with 4` */
export const linesOf = (text: string): { line: string; code: number }[] =>
  text
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('#'))
    .map((line) => ({ line, code: Number(/# exits with (\d+)$/.exec(line)?.[1] ?? 0) }));
