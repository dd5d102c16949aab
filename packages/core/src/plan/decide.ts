import { holdsNumberList } from '../columns/read.js';
import type { Type } from '../columns/type.js';
import type { FormerCalls } from '../declare/kind.js';
import type { Plain } from '../declare/plain.js';
import { digestValue } from '../identity/digest.js';
import { identityOf, type Recipe, SCHEME } from '../identity/recipe.js';
import type { Digest, Output, Store, Stored } from '../ports/store.js';
import { countsFormerly } from './former.js';
import { columnKey, columnsOf, type Known, type Node, rowsWork } from './node.js';
import type { Reason } from './reason.js';
import { outputsNow } from './restack.js';
import { columnsRead } from './seen.js';

export type Decision =
  /** Found by fingerprint, made from the very inputs that there are now. */
  | { readonly status: 'reused'; readonly entry: Stored; readonly outputs: Outputs; readonly stale?: true }
  /** Ran already in this run, from these very inputs. */
  | { readonly status: 'done'; readonly outputs: Outputs }
  /** Another recipe, but the same content of all that is read. */
  | { readonly status: 'cut off'; readonly entry: Stored; readonly outputs: Outputs }
  | { readonly status: 'run'; readonly because: readonly Reason[] }
  /** Stands below something that will run. */
  | { readonly status: 'later' };

export type Outputs = Readonly<Record<string, Output>>;

export interface Must {
  /** Nodes that run whatever is known, and why. */
  readonly run: ReadonlyMap<Node, Reason>;
  /** Nodes whose newest output is taken as it is, stale or not. */
  readonly keep: ReadonlySet<Node>;
  /** What ran in this run already, and from what. */
  readonly done: ReadonlyMap<Node, Kept>;
  /** Outputs whose data must be there. */
  readonly need: readonly Needed[];
}

/** What a stage gave, from what, and what of it is its own. */
export type Kept = Pick<Stored, 'inputs' | 'parts' | 'rows' | 'selects'>;

export interface Needed {
  readonly node: Node;
  readonly part: string;
  /** Also where it was swept on purpose. */
  readonly swept: boolean;
}

/** The one function that decides. `plan` prints what it says; `run` obeys it, and asks again when an input is known. */
export function decide(node: Node, known: Known | undefined, { store, must }: { store: Store; must: Must }): Decision {
  const forced = must.run.get(node);
  const stored = must.keep.has(node) && !forced ? kept(node, store) : undefined;
  if (stored) return stored;
  if (!known) return { status: 'later' };
  if (forced) return { status: 'run', because: [forced] };
  const read = inputDigests(node, known);
  const done = must.done.get(node);
  const ran = done && same(done.inputs, read) ? outputsNow(node, done, known) : undefined;
  if (ran) return { status: 'done', outputs: ran };
  if (node.stage.options.remember === false) return { status: 'run', because: [{ is: 'not remembered' }] };
  const entry = store.entry(node.fingerprint);
  if (entry?.status === 'complete' && same(entry.inputs, read)) {
    const outputs = outputsNow(node, entry, known);
    if (outputs) return { status: 'reused', entry, outputs };
  }
  const former = node.former && countsFormerly(node, store) ? [node.former] : [];
  for (const identity of [node.identity, ...former]) {
    const cut = store.cutoff(cutoffKey({ identity }, read));
    if (cut?.status !== 'complete' || !isOf(identity, read, cut)) continue;
    const outputs = outputsNow(node, cut, known);
    if (outputs) return { status: 'cut off', entry: cut, outputs };
  }
  return { status: 'run', because: entry ? whyAgain(entry, read) : [] };
}

const NOTHING: Must = { run: new Map(), keep: new Set(), done: new Map(), need: [] };

/** What is stored of a stage as it is now, also where rows of it failed. */
export function storedNow(node: Node, known: Known, store: Store): Pick<Stored, 'parts' | 'facts'> | undefined {
  const decision = decide(node, known, { store, must: NOTHING });
  if ('entry' in decision) return { parts: decision.outputs, facts: decision.entry.facts };
  const entry = store.entry(node.fingerprint);
  return entry?.status === 'incomplete' && same(entry.inputs, inputDigests(node, known)) ? entry : undefined;
}

function kept(node: Node, store: Store): Decision | undefined {
  const entry = store.entry(node.fingerprint) ?? newestNamed(node, store);
  if (!entry) return undefined;
  const stale = entry.fingerprint !== node.fingerprint;
  return { status: 'reused', entry, outputs: entry.parts, ...(stale && { stale }) };
}

/** The newest entry of a stage of this name and kind, whatever its recipe. */
export function newestNamed(node: Node, store: Store): Stored | undefined {
  for (const name of node.names) {
    const fingerprint = store.fact(`last:${name}`);
    const entry = typeof fingerprint === 'string' ? store.entry(fingerprint) : undefined;
    if (entry && (entry.recipe as { kind?: string }).kind === node.recipe.kind) return entry;
  }
  return undefined;
}

function whyAgain(entry: Stored, read: Stored['inputs']): Reason[] {
  if (entry.status === 'incomplete') {
    const failed = Object.values(entry.parts).reduce((sum, part) => sum + (part.is === 'table' ? part.failed : 0), 0);
    return [{ is: 'failed rows', rows: failed }];
  }
  return Object.keys(read)
    .filter((role) => !same(entry.inputs[role], read[role]))
    .map((role) => ({ is: 'content', role }));
}

/** The index is names only, which may have changed places: the record itself says of which computation it is. */
const isOf = (identity: Digest, read: Stored['inputs'], { recipe, inputs }: Stored): boolean =>
  same(inputs, read) && identityOf(recipe as Recipe) === identity;

export const cutoffKey = (node: Pick<Node, 'identity'>, read: Stored['inputs']): Digest =>
  digestValue(['cutoff', node.identity, read]);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (value: unknown): unknown =>
  value && typeof value === 'object'
    ? Object.entries(value)
        .map(([key, inner]) => [key, sorted(inner)])
        .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
    : value;

/** Digests of all that the stage reads, by role and column. What it does not read can change freely. */
export function inputDigests(node: Node, known: Known): Stored['inputs'] {
  return Object.fromEntries(node.inputs.map(({ role }) => [role, digestsRead(node, role, known[role] as Output)]));
}

function digestsRead(node: Node, role: string, output: Output): Record<string, Digest> {
  if (output.is !== 'table') return { '': output.digest };
  const names = columnsRead(node, role, output);
  const read = output.columns.filter(({ name }) => names.has(name));
  return Object.fromEntries([
    ['#rows', String(output.rows)],
    ...read.map(({ name, digest, type }) => [
      columnKey(name),
      getsArrays(node, type) ? digestValue(['array', digest]) : digest,
    ]),
    ...(output.failed ? [['#failed', output.failedRows ?? '']] : []),
    ...(output.splits && !rowsWork(node) ? [['#splits', digestValue(output.splits)]] : []),
  ]);
}

/** Functions of version 0.1 got another value of such a column: what they gave does not count. */
const getsArrays = (node: Node, type: Type): boolean =>
  holdsNumberList(type) && rowsWork(node)?.arrays?.(node.stage.config) === true;

/** Whose rows these are: all that a call depends on but the row. A request says itself what it depends on. */
export function rowIdentity(
  node: Node,
  known: Known,
  former: FormerCalls & { readonly code?: Recipe['code'] | undefined } = {},
): Digest {
  const work = rowsWork(node);
  if (!work) throw new Error('BUG: only a row-wise stage has rows of its own');
  const { kind, config } = node.stage;
  const side = Object.fromEntries(
    node.inputs.slice(1).map(({ role }) => [role, digestsRead(node, role, known[role] as Output)]),
  );
  const columns = columnsOf(known[node.inputs[0]?.role ?? '']);
  const reads = () => former.reads ?? work.reads(config, columns);
  const arrays = Object.entries(work.arrays && !work.request ? reads() : {}).flatMap(([role, name]) =>
    columns?.[name] && getsArrays(node, columns[name]) ? [role] : [],
  );
  return callIdentity({
    kind: kind.name,
    call: former.call ?? work.call?.(config) ?? { version: kind.version, config: node.recipe.config },
    code: work.request ? null : (former.code ?? node.recipe.code),
    world: node.recipe.world,
    roles: work.request ? [] : Object.keys(reads()),
    side: arrays.length ? { ...side, '#arrays': arrays.sort() } : side,
  });
}

export interface CallOf {
  readonly kind: string;
  readonly call: { readonly version: number; readonly config: unknown };
  readonly code: unknown;
  readonly world: Plain;
  readonly roles: readonly string[];
  readonly side: Readonly<Record<string, unknown>>;
}

/** All that a call depends on but its row; also for calls that are remembered outside of any pipeline. */
export const callIdentity = ({ kind, call, code, world, roles, side }: CallOf): Digest =>
  digestValue(['rows', SCHEME, kind, call.version, call.config, code, world, [...roles].sort(), side]);
