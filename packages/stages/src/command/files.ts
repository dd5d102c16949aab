import type { Plain } from '@millrace/core';
import type { Parsed } from './config.js';
import { type Files, filesIn, isFile, isFolder, matching } from './disk.js';
import { mayBePath, type Piece, piecesOf, type Word, wordText } from './words.js';

/** What a command finds in the project: the words that are files, by place, and the files that it uses, by name. */
export interface World {
  readonly argv: { readonly [place: string]: Plain };
  readonly uses: { readonly [path: string]: string };
}

export async function worldOf({ argv, uses = [] }: Parsed, look: Files): Promise<World> {
  const words: Record<string, Plain> = {};
  for (const [at, word] of argv.entries()) words[at] = await wordOf(word, at, look);
  const found = await matching(look.base, uses);
  const digests: Record<string, string> = {};
  for (const { path, from } of found) digests[path] = (await look.file(from)).digest;
  return { argv: words, uses: digests };
}

/** What a person calls a part of that: the file. */
export function worldName({ argv }: Pick<Parsed, 'argv'>, [of, name = '', sort, inner]: readonly string[]) {
  if (of === 'uses') return name;
  const word = argv[Number(name)];
  return of === 'argv' && sort === 'file' && word !== undefined ? (inner ?? wordText(word)) : undefined;
}

/** A word without any path in it. */
async function wordOf(word: Word, at: number, look: Files): Promise<Plain> {
  if (mayBePath(word, at) && (await isFile(look.base, word)))
    // The program itself is installed somewhere, often behind links.
    return { file: at === 0 ? (await look.file(word, 'anywhere')).digest : await contentOf(word, look) };
  if (mayBePath(word, at) && /[/\\]|^\.+$/.test(word) && (await isFolder(look.base, word))) throw aFolder(word);
  const pieces: Plain[] = [];
  for (const piece of piecesOf(word)) pieces.push(await pieceOf(piece, look));
  return pieces.length === 1 ? (pieces[0] as Plain) : pieces;
}

const pieceOf = async (piece: Piece, look: Files): Promise<Plain> => {
  if (typeof piece !== 'object') return String(piece);
  if ('text' in piece) return piece.text;
  return 'file' in piece ? { file: await contentOf(piece.file, look) } : { ...piece };
};

/** Of a folder: its files' names and contents. */
async function contentOf(path: string, look: Files): Promise<Plain> {
  if (!(await isFolder(look.base, path))) return (await look.file(path)).digest;
  const digests: Record<string, string> = {};
  for (const file of await filesIn(look.base, path)) digests[file.path] = (await look.file(file.from)).digest;
  return digests;
}

const aFolder = (word: string): Error =>
  new Error(
    `The word ${word} names a folder, and nobody can tell whether the program reads or writes it. Say { file: '${word}' } if its content counts, { output: … } where it writes, or { text: '${word}' } if it is just a word.`,
  );
