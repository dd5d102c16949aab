import { engineOptions, type Fields, registry, type StageEntry } from '@millrace/stages';
import { nearest } from '../render/nearest.js';
import { spelled } from '../render/spelling.js';
import { FUNCTION } from './checking.js';
import type { Say } from './fill.js';
import type { Path } from './mistakes.js';

/** A stage of a file with its kind, not yet checked. */
export interface Kinded {
  readonly entry: StageEntry;
  /** The key that named the kind. */
  readonly key: string;
  /** By role, as written. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** Under which key in the file each role and field stands. */
  readonly keyOf: (name: string) => string;
  readonly config: Record<string, unknown>;
  readonly options: unknown;
}

const NAMES: readonly string[] = registry.map(({ name }) => name);
const SOURCES = NAMES.filter((name) => name.startsWith('source.'));
const ENDINGS: Readonly<Record<string, string>> = {
  ndjson: 'jsonl',
  tsv: 'csv',
  feather: 'arrow',
  ipc: 'arrow',
  txt: 'text',
  md: 'text',
};

/** Which kind of stage this is: the first key that names one. */
export function kindOf(given: Record<string, unknown>, path: Path, say: Say): Kinded | undefined {
  const keys = Object.keys(given);
  const key = keys.find((name) => NAMES.includes(name) || name === 'source');
  if (key === undefined) return noKind(keys, path, say);
  const entry = entryOf(key, given[key], { path: [...path, key], say });
  return entry && taken(entry, key, given);
}

function noKind(keys: readonly string[], path: Path, say: Say): undefined {
  const near = keys
    .map((key) => [key, nearest(key, [...NAMES, 'source'])] as const)
    .find(([, close]) => close !== undefined);
  if (near) say([...path, near[0]], `There is no kind of stage ${near[0]}. Did you mean ${near[1]}?`, 'key');
  else
    say(
      path,
      `${path.at(-1)} does not say what kind of stage it is. Begin it with one of source, ${NAMES.filter((name) => !SOURCES.includes(name)).join(', ')}.`,
      'key',
    );
  return undefined;
}

/** `source: data.jsonl`: the format is resolved from the ending here, so that no name is in a key. */
function entryOf(key: string, value: unknown, { path, say }: { path: Path; say: Say }): StageEntry | undefined {
  const exact = registry.find(({ name }) => name === key);
  if (exact) return exact;
  const ending =
    typeof value === 'string' ? (/\.([a-z0-9]+)(?:\.(?:gz|zst|br))?$/i.exec(value)?.[1]?.toLowerCase() ?? '') : '';
  const found = registry.find(({ name }) => name === `source.${ENDINGS[ending] ?? ending}`);
  if (!found)
    say(
      path,
      `What kind of source ${JSON.stringify(value)} is cannot be told from its ending. ${spelled(ending, SOURCES, 'Write one of')}`,
    );
  return found;
}

function taken(entry: StageEntry, key: string, given: Record<string, unknown>): Kinded {
  const inputs = new Map<string, unknown>();
  const config: Record<string, unknown> = {};
  const own = 'input' in entry.own ? entry.own.input : entry.own.field;
  if ('input' in entry.own) inputs.set(own, given[key]);
  else config[own] = given[key];
  for (const [name, value] of Object.entries(given)) {
    if (name === key || name === 'options') continue;
    if (Object.hasOwn(entry.inputs, name) && !Object.hasOwn(entry.config, name)) inputs.set(name, value);
    else config[name] = value;
  }
  const aliased = functionBehindWith(entry, config);
  const keyOf = (name: string) => (name === own ? key : name === aliased ? 'with' : name);
  return { entry, key, inputs, keyOf, config, options: given['options'] };
}

/** `{ map: answers, with: ./text.ts#clean }`: the one function that a stage needs may stand behind `with`. */
function functionBehindWith({ config: fields }: StageEntry, config: Record<string, unknown>): string | undefined {
  const needed = Object.entries(fields).find(([, field]) => field.is === 'function' && field.required)?.[0];
  const given = config['with'];
  if (needed === undefined || config[needed] !== undefined || typeof given !== 'string' || !FUNCTION.test(given))
    return undefined;
  config[needed] = given;
  delete config['with'];
  return needed;
}

export const optionFields = ({ options }: StageEntry): Fields => ({ ...engineOptions, ...options });
