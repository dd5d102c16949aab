/** One word of a command line: text, a placeholder, or pieces of both that stand together. */
export type Word<P extends string = string, I extends string = string, O extends string = string> =
  | Piece<P, I, O>
  | readonly Piece<P, I, O>[];

export type Piece<P extends string = string, I extends string = string, O extends string = string> =
  /** As it is; but a whole word that is the path of a file counts by that file's content. */
  | string
  | number
  /** As it is, also where a file has that name. */
  | { readonly text: string }
  /** A file or folder of the project: its content is in the key, its path is not. */
  | { readonly file: string }
  | { readonly param: P }
  /** The path of a file with all params as JSON. */
  | { readonly params: 'json' }
  /** Where an input lies: a folder, a table as JSON lines, a value as JSON. */
  | { readonly input: I }
  /** Where the program is to write an output. */
  | { readonly output: O }
  /** A path in the work folder: for checkpoints, caches, drafts. */
  | { readonly work: string };

export const piecesOf = (word: Word): readonly Piece[] => (Array.isArray(word) ? word : [word as Piece]);

const piecesIn = (argv: readonly Word[]): Piece[] => argv.flatMap((word) => [...piecesOf(word)]);

type Holder = Exclude<Piece, string | number>;
type Named = Holder extends infer H ? (H extends unknown ? keyof H : never) : never;

/** What all pieces of one sort name: every param, every output. */
export const named = (argv: readonly Word[], sort: Named): string[] =>
  piecesIn(argv).flatMap((piece) =>
    typeof piece === 'object' && sort in piece ? [(piece as Record<Named, string>)[sort]] : [],
  );

/** A word that may be the path of a file. A program without a slash is looked up by the system. */
export const mayBePath = (word: Word, at: number): word is string =>
  typeof word === 'string' && word !== '' && (at > 0 || word.includes('/'));

/** For people: the placeholders by name. */
export const wordText = (word: Word): string => piecesOf(word).map(pieceText).join('');

function pieceText(piece: Piece): string {
  if (typeof piece !== 'object') return String(piece);
  if ('text' in piece) return piece.text;
  if ('file' in piece) return piece.file;
  const [sort, name] = Object.entries(piece)[0] as [string, string];
  return `{${sort} ${name}}`;
}
