import type { Plain } from '../declare/plain.js';
import type { Digest } from '../ports/store.js';
import { digestConfig, digestText } from './digest.js';

/** A change of any rule of identity takes the next number: old entries stay readable and are never hit by mistake. */
export const SCHEME = 1;

/** Everything that makes a stage's identity. What is not here changes no answer. */
export interface Recipe {
  /** The rules by which the rest is read. */
  readonly scheme: number;
  /** Two kinds may have equal configs and mean different things. */
  readonly kind: string;
  /** Raised when a kind's own code gives other answers. */
  readonly version: number;
  /** What the user's functions can reach, by the name under which the kind knows them. */
  readonly code: { readonly [name: string]: Digest };
  /** Changes the answer: parsed, defaults filled, `undefined` dropped. */
  readonly config: Plain;
  /** What a source found outside: a file's content digest, a revision. */
  readonly world: Plain;
  /** Only the first so many rows were asked for. */
  readonly head: number | null;
  /** Whose outputs are read, in order, by role; which columns of them the stage reads is in the config. */
  readonly inputs: readonly RecipeInput[];
}

export interface RecipeInput {
  readonly role: string;
  readonly part: string;
  readonly fingerprint: Digest;
}

export const fingerprintOf = (recipe: Recipe): Digest =>
  digestText(JSON.stringify([...withoutInputs(recipe), recipe.inputs.map((i) => [i.role, i.part, i.fingerprint])]));

/** The recipe without where its inputs come from: with the digests of what was read, the key of the cut-off. */
export const identityOf = (recipe: Recipe): Digest =>
  digestText(JSON.stringify([...withoutInputs(recipe), recipe.inputs.map((i) => i.role)]));

const withoutInputs = (recipe: Recipe): unknown[] => [
  'recipe',
  recipe.scheme,
  recipe.kind,
  recipe.version,
  Object.entries(recipe.code).sort(([a], [b]) => (a < b ? -1 : 1)),
  digestConfig(recipe.config),
  digestConfig(recipe.world),
  recipe.head,
];
