import { resolve, sep } from 'node:path';
import type { Stage } from '../declare/handle.js';
import type { Look } from '../declare/kind.js';
import type { Graph } from '../declare/pipeline.js';
import type { Plain } from '../declare/plain.js';
import { NoCanonicalForm, refuseInstances, toPlain } from '../identity/canonical.js';
import { digestValue } from '../identity/digest.js';
import { fingerprintOf, identityOf, type Recipe, SCHEME } from '../identity/recipe.js';
import { unsaid } from '../identity/unsaid.js';
import type { AnyFunction, CodeReader, CodeRefusal, CodeUnit, FunctionUse } from '../ports/code.js';
import type { Digest } from '../ports/store.js';
import { type Node, type NodeInput, natureOf } from './node.js';

/** What stands in the way of a run before it starts: data, so that all of it can be said at once. */
export type Problem =
  | { readonly is: 'code'; readonly stage: string; readonly fn: string; readonly refused: CodeRefusal }
  | { readonly is: 'disk'; readonly message: string }
  | {
      readonly is: 'config' | 'world' | 'columns' | 'preflight' | 'target';
      readonly stage: string;
      readonly message: string;
    };

export interface Survey {
  /** Inputs before those that read them. */
  readonly nodes: readonly Node[];
  readonly of: ReadonlyMap<Stage, Node>;
  readonly problems: readonly Problem[];
}

export interface SurveyPorts {
  readonly code: CodeReader;
  readonly look: Look;
}

export interface SurveyAsked {
  /** Only the first so many rows of each source. */
  readonly rows?: number | undefined;
}

/** The one look at the world: content of sources, code of functions; then the key walk gives fingerprints. */
export async function survey(graph: Graph, asked: SurveyAsked, ports: SurveyPorts): Promise<Survey> {
  const of = new Map<Stage, Node>();
  const byFingerprint = new Map<string, Found>();
  const problems: Problem[] = [];
  const read = new Map<Stage, readonly string[]>();
  const { look, taken } = noting(ports.look);
  for (const stage of graph.stages) {
    const name = graph.names.get(stage) as string;
    const seen = await lookAt({ stage, name, asked, inputs: inputsOf(stage, of) }, { ...ports, look }, problems);
    read.set(stage, taken());
    const same = byFingerprint.get(seen.fingerprint);
    if (same) {
      problems.push(...otherCode(stage, name, same), ...otherOptions(stage, name, same));
      same.names.push(name);
      same.also.push(stage);
    } else byFingerprint.set(seen.fingerprint, seen);
    of.set(stage, same ?? seen);
  }
  problems.push(...sharedPlaces(graph, of, ports.look.base), ...readPlaces(graph, read, ports.look.base));
  return { nodes: [...byFingerprint.values()], of, problems };
}

/** A look that notes which files are looked at. */
function noting(at: Look): { readonly look: Look; readonly taken: () => string[] } {
  const paths: string[] = [];
  const file: Look['file'] = (path, from) => {
    paths.push(resolve(at.base, path));
    return at.file(path, from);
  };
  return { look: { ...at, file }, taken: () => paths.splice(0) };
}

type Found = Node & { readonly names: string[]; readonly also: Stage[] };

/** What decides whether there is an output at all cannot be two things for one computation. */
const OF_BOTH = { remember: true, onRowFailure: 'keep', stopAfter: undefined } as const;

function otherOptions(stage: Stage, name: string, { stage: first, names }: Node): Problem[] {
  return Object.entries(OF_BOTH).flatMap(([option, usual]): Problem[] => {
    const [its, others] = [stage, first].map(({ options }) => options[option] ?? usual);
    if (its === others) return [];
    const message = `it is the same computation as ${names[0]}, which has ${option}: ${others} where this has ${its}. Give both the same, or make them two with another config: a version, or a draw.`;
    return [{ is: 'config', stage: name, message }];
  });
}

/** Each would put its output in the place of the other's. */
function sharedPlaces(graph: Graph, of: Survey['of'], base: string): Problem[] {
  const taken = new Map<string, Stage>();
  return graph.stages.flatMap((stage) =>
    (stage.kind.places?.(stage.options) ?? []).flatMap((path): Problem[] => {
      const full = resolve(base, path);
      const other = taken.get(full);
      taken.set(full, other ?? stage);
      if (!other || of.get(other) === of.get(stage)) return [];
      const message = `its output is to stand at ${path}, where that of ${graph.names.get(other)} is to stand. Give one of them another path, or run one of them at a time: --only.`;
      return [{ is: 'config', stage: graph.names.get(stage) as string, message }];
    }),
  );
}

/** What is looked at before anything runs is what stood there before. */
function readPlaces(graph: Graph, read: ReadonlyMap<Stage, readonly string[]>, base: string): Problem[] {
  const placed = graph.stages.flatMap((stage) =>
    (stage.kind.places?.(stage.options) ?? []).map((path) => ({ stage, path, full: resolve(base, path) })),
  );
  return graph.stages.flatMap((stage) => {
    const own = read.get(stage) ?? [];
    const from = placed.find(
      ({ stage: other, full }) =>
        other !== stage && own.some((file) => file === full || file.startsWith(`${full}${sep}`)),
    );
    if (!from) return [];
    const [name, other] = [stage, from.stage].map((each) => graph.names.get(each));
    const message = `it reads ${from.path} by its path, where ${other} puts its output: it would be given what stood there before ${other} ran. Take ${other} as its input instead of the path.`;
    return [{ is: 'config' as const, stage: name as string, message }];
  });
}

/** A version stands for the code of a function: two functions under one version would be one stage. */
function otherCode(stage: Stage, name: string, same: Node): Problem[] {
  const [its, others] = [stage, same.stage].map((each) => each.kind.code?.(each.config) ?? {});
  const clash = Object.entries(its ?? {}).find(
    ([fn, { fn: it, version }]) => version !== undefined && String(it) !== String(others?.[fn]?.fn),
  );
  if (!clash) return [];
  const [fn, { version }] = clash;
  const message = `its function ${fn} has version ${version}, as another function has in ${same.names[0]}, and all else is alike: to the key they are one. Give one of them another version.`;
  return [{ is: 'config', stage: name, message }];
}

interface Seen {
  readonly stage: Stage;
  readonly name: string;
  readonly asked: SurveyAsked;
  readonly inputs: readonly NodeInput[];
}

async function lookAt({ stage, name, asked, inputs }: Seen, ports: SurveyPorts, problems: Problem[]): Promise<Found> {
  const { code, formerCode, units } = codeOf(stage, name, { ports, problems });
  const recipe: Recipe = {
    scheme: SCHEME,
    kind: stage.kind.name,
    version: stage.kind.version,
    code,
    config: configOf(stage, name, problems),
    world: await worldOf(stage, name, { ports, problems }),
    head: givesRows(stage) ? (asked.rows ?? null) : null,
    inputs: inputs.map(({ role, part, node }) => ({ role, part, fingerprint: node.fingerprint })),
  };
  return {
    stage,
    also: [],
    names: [name],
    recipe,
    fingerprint: fingerprintOf(recipe),
    identity: identityOf(recipe),
    former: formerOf(stage, recipe, formerCode),
    ...(formerCode && { formerCode }),
    inputs,
    units,
  };
}

/** Only a source of rows can give fewer of them: a model is fetched whole. */
const givesRows = ({ kind, config, inputs }: Stage): boolean =>
  inputs.length === 0 && kind.work.is === 'whole' && Object.values(kind.work.parts(config)).includes('table');

const inputsOf = (stage: Stage, of: ReadonlyMap<Stage, Node>): NodeInput[] =>
  stage.inputs.map(({ role, ref }) => ({ role, part: ref.part, node: of.get(ref.stage) as Node }));

interface With {
  readonly ports: SurveyPorts;
  readonly problems: Problem[];
}

function codeOf(
  stage: Stage,
  name: string,
  { ports, problems }: With,
): { code: Recipe['code']; formerCode?: Recipe['code']; units: Record<string, readonly CodeUnit[]> } {
  const code: Record<string, string> = {};
  const formerCode: Record<string, string> = {};
  const nature = natureOf({ stage });
  const units: Record<string, readonly CodeUnit[]> = {};
  const read = (fn: string, use: FunctionUse): Digests | undefined => {
    const answer = ports.code.read(use.fn, { ...use, nature }, stage.site);
    if ('code' in answer) {
      units[fn] = answer.code.units;
      return { now: answer.code.digest, former: answer.code.former ?? answer.code.digest };
    }
    problems.push({ is: 'code', stage: name, fn, refused: answer.refused });
    return undefined;
  };
  for (const [fn, use] of Object.entries(stage.kind.code?.(stage.config) ?? {})) {
    const digest = read(fn, use);
    if (digest === undefined) continue;
    const { values, functions } = usesOf(use);
    const others = functions.flatMap(([used, its]) => {
      const other = read(`${fn}.uses.${used}`, { fn: its, ...(use.reads && { reads: use.reads }) });
      return other === undefined ? [] : [[used, other] as const];
    });
    const whole = (of: keyof Digests) => {
      if (!use.uses) return digest[of];
      const used = others.map(([key, other]) => [key, other[of]]);
      // The function holds the values themselves. What was paid for before this was told keeps its key.
      const known = digestValue([digest[of], values, ...(used.length ? [used] : [])]);
      const more =
        nature === 'pure'
          ? Object.keys(values)
              .sort()
              .flatMap((name) => unsaid(values[name], name))
          : [];
      return more.length ? digestValue([known, more]) : known;
    };
    code[fn] = attempt(() => whole('now'), digest.now, { is: 'config', stage: name, problems });
    formerCode[fn] = attempt(() => whole('former'), digest.former, { is: 'config', stage: name, problems: [] });
  }
  const differs = nature !== 'pure' && Object.keys(code).some((fn) => code[fn] !== formerCode[fn]);
  return { code, units, ...(differs && { formerCode }) };
}

/** Of the code of a function: as it counts now, and as Millrace 0.1 knew it. */
interface Digests {
  readonly now: string;
  readonly former: string;
}

/** What a function uses: values, which are hashed as config, and other functions, which are read as it is itself. */
function usesOf({ uses = {}, version }: FunctionUse): {
  values: Readonly<Record<string, unknown>>;
  functions: [string, AnyFunction][];
} {
  const functions = Object.entries(uses).filter((each): each is [string, AnyFunction] => typeof each[1] === 'function');
  const values = Object.fromEntries(Object.entries(uses).filter(([, value]) => typeof value !== 'function'));
  // A version stands for all the code.
  return { values, functions: version === undefined ? functions.sort(([a], [b]) => (a < b ? -1 : 1)) : [] };
}

/** The config as plain data: the kind's own view of it, or all of it less its functions. */
function configOf(stage: Stage, name: string, problems: Problem[]): Plain {
  const plain = () => {
    const said = semantic(stage);
    const functions = Object.values(stage.kind.code?.(stage.config) ?? {});
    const read = functions.filter(({ version }) => version === undefined);
    if (read.length > 0) refuseInstances(said);
    for (const { uses } of read) refuseInstances(uses, 'uses');
    return toPlain(said);
  };
  return attempt(plain, null, { is: 'config', stage: name, problems });
}

function formerOf({ kind, config }: Stage, recipe: Recipe, code: Recipe['code'] = recipe.code): Digest | undefined {
  const formerly = kind.formerly?.(config);
  // What has no canonical form was refused above.
  if (recipe.config === null) return undefined;
  const identity = identityOf({
    ...recipe,
    code,
    config: formerly === undefined ? recipe.config : toPlain(formerly),
  });
  return identity === identityOf(recipe) ? undefined : identity;
}

function semantic(stage: Stage): unknown {
  const { kind, config } = stage;
  if (kind.semantic) return kind.semantic(config);
  const functions = new Set(Object.values(kind.code?.(config) ?? {}).map((use) => use.fn));
  if (functions.size === 0) return config;
  return Object.fromEntries(Object.entries(config as object).filter(([, value]) => !functions.has(value)));
}

async function worldOf(stage: Stage, name: string, { ports, problems }: With): Promise<Plain> {
  const { work } = stage.kind;
  if (!work.world) return null;
  try {
    return toPlain(await work.world(stage.config as never, stage.options as never, ports.look));
  } catch (error) {
    problems.push({ is: 'world', stage: name, message: (error as Error).message });
    return null;
  }
}

function attempt<T>(
  make: () => T,
  otherwise: T,
  { is, stage, problems }: { is: 'config'; stage: string; problems: Problem[] },
): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NoCanonicalForm)) throw error;
    problems.push({ is, stage, message: error.message });
    return otherwise;
  }
}
