import { resolve } from 'node:path';
import { canonicalCopy } from '../functions/given.js';
import type { Parsed } from './config.js';
import { isFile } from './disk.js';
import { mayBePath, type Piece, piecesOf, type Word } from './words.js';

/** Where everything lies while the program runs. */
export interface Places {
  readonly base: string;
  readonly work: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly params: string;
}

/** The words with paths in the place of placeholders. */
export async function argvOf({ argv, params, shell }: Parsed, places: Places): Promise<string[]> {
  const words: string[] = [];
  for (const [at, word] of argv.entries())
    words.push(await wordOf(word, at, { params, places, shell: shell === true }));
  return shell ? ['/bin/sh', '-c', words.join(' ')] : words;
}

interface With {
  readonly params: Parsed['params'];
  readonly places: Places;
  readonly shell: boolean;
}

async function wordOf(word: Word, at: number, given: With): Promise<string> {
  const { base } = given.places;
  if (mayBePath(word, at) && (await isFile(base, word))) return quoted(resolve(base, word), given.shell);
  return piecesOf(word)
    .map((piece) => (typeof piece === 'object' ? quoted(textOf(piece, given), given.shell) : String(piece)))
    .join('');
}

function textOf(piece: Exclude<Piece, string | number>, { params, places }: With): string {
  if ('text' in piece) return piece.text;
  if ('file' in piece) return resolve(places.base, piece.file);
  if ('input' in piece) return places.inputs[piece.input] as string;
  if ('output' in piece) return places.outputs[piece.output] as string;
  if ('work' in piece) return resolve(places.work, piece.work);
  if ('params' in piece) return places.params;
  const value = params[piece.param];
  return typeof value === 'string' ? value : JSON.stringify(canonicalCopy(value));
}

const quoted = (text: string, shell: boolean): string => (shell ? `'${text.replaceAll("'", `'\\''`)}'` : text);
