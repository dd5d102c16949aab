import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { AnyFunction, FunctionUse, MadeFunctions } from '@millrace/core';
import { type Asked, packagesText } from './bundle/package-text.js';
import { checked, isElsewhere, type Made } from './checks/checked.js';
import { gapsIn, noteTops } from './checks/gaps.js';
import { NoProgram, type WorldKind } from './program/names.js';
import { type Program, programOf, type Root, VALUES } from './program/program.js';
import { topsOf, type Value, valuesOf } from './program/values.js';
import type { Analysis } from './reach/analysis.js';
import type { MakeFunctions, Making } from './reach/reader.js';
import { sliceOf } from './reach/slice.js';
import { sourceMapComment } from './syntax/source-map.js';
import {
  FunctionError,
  type Functions,
  type Imported,
  type Inner,
  type Log,
  makeWorld,
  OTHER_MOMENT,
  type World,
  type WorldOptions,
} from './world/index.js';

type Uses = Readonly<Record<string, FunctionUse>>;

/**
 * The functions of a stage, evaluated from the units that they reach, all in one world. Pure ones run in a world of their
 * own, those that ask, draw or read what they declare in the real one. A version stands for its function.
 */
export const makeFunctions: MakeFunctions = async (uses, making) => {
  const read = Object.entries(uses).filter(([, { version }]) => version === undefined);
  const asTheyAre = { ...importedIn(uses), ...making.handles };
  noteTops(topsOf(making.analysis()));
  if (read.length === 0) return { functions: asTheyAre, close: () => undefined };
  const isPure = making.nature === 'pure' && read.every(([, { reads = [] }]) => reads.length === 0);
  const stage = { read, making, programs: new Map() };
  const made = (isPure && (await pureIn('made', stage).catch(ifElsewhere))) || (await inRealWorld(stage, isPure));
  return { ...made, functions: { ...asTheyAre, ...made.functions } };
};

/** What cannot be made in a world of its own is made in the real one. */
const ifElsewhere = (error: unknown): undefined => {
  if (!(error instanceof NoProgram || error instanceof FunctionError)) throw error;
  return undefined;
};

/**
 * What the program holds beside the code of these functions, and would change what they answer. Nothing is called for it.
 * `here`: with the time zone and the language of this machine, which are not the code's.
 */
const refuseGaps = async (own: InWorld, read: StageOf['read'], here?: () => Promise<InWorld>): Promise<void> => {
  if (gapsIn(own.values()).length === 0) return;
  // What goes on after a file was loaded may have ended in the program only.
  await new Promise((done) => setImmediate(done));
  const gaps = gapsIn(own.values());
  const also = gaps.length > 0 && here ? gapsIn((await here()).values()) : gaps;
  if (also.length === 0) return;
  const names = read.map(([name]) => name).join(', ');
  throw new Error(
    `The function ${names} would not answer as in the program: ${also.slice(0, 3).join('; ')}. What sets it is not in the key of ${names}. Import what sets it where it is declared, or pass the value in \`with\`.`,
  );
};

interface StageOf {
  readonly read: readonly (readonly [string, FunctionUse])[];
  readonly making: Making;
  /** Written once for all the worlds of a kind. */
  readonly programs: Map<WorldKind, readonly ProgramIn[]>;
}

/** Functions that answer as the imported ones do. */
const pureIn = async (kind: WorldKind, stage: StageOf): Promise<MadeFunctions> => {
  const { read, making } = stage;
  const worlds: World[] = [];
  const closeAll = () => {
    for (const world of worlds) world.close();
  };
  const make = (options: WorldOptions) => {
    const world = makeWorld(options);
    worlds.push(world);
    return makeIn(world, options.kind, stage);
  };
  const here = kind === 'made' && isElsewhere() ? () => make({ kind: 'real' }) : undefined;
  const log = logOf(making);
  const { agreements, note = (text: string) => console.error(text) } = making;
  const checks = { agreements, note, again: () => make({ kind, moment: OTHER_MOMENT }), here };
  try {
    const own = await make({ kind, log });
    await refuseGaps(own, read, here);
    const { functions, close } = await checked(own, Object.fromEntries(read), checks);
    const end = () => {
      close();
      closeAll();
    };
    return { functions: { ...own.functions, ...functions }, texts: own.texts, close: end };
  } catch (error) {
    closeAll();
    throw error;
  }
};

const inRealWorld = async (stage: StageOf, isPure: boolean): Promise<MadeFunctions> => {
  try {
    if (isPure) return await pureIn('real', stage);
    const world = makeWorld({ kind: 'real', log: logOf(stage.making) });
    const own = await makeIn(world, 'real', stage);
    await refuseGaps(own, stage.read);
    return { functions: own.functions, texts: own.texts, close: world.close };
  } catch (error) {
    throw error instanceof NoProgram || error instanceof FunctionError ? notMade(stage, error) : error;
  }
};

const notMade = ({ read }: StageOf, { message, place }: Error & { readonly place?: string | undefined }) => {
  const names = read.map(([name]) => name).join(', ');
  return new Error(
    `The function ${names} cannot run from the code that its key holds: ${message.replace(/\.$/, '')}${place ? ` (${place})` : ''}. Write it without that, or give it a version, which then stands for its code.`,
  );
};

/** What functions print is for people: what a command answers stays what it is. */
const logOf = ({ print }: Making): Log => print ?? ((_level, text) => console.error(text));

const importedIn = (uses: Uses): Record<string, AnyFunction> =>
  Object.fromEntries(Object.entries(uses).map(([name, { fn }]) => [name, fn]));

interface InWorld extends Made {
  readonly texts: readonly string[];
  /** What the names at the top of files are there. */
  readonly values: () => Value[];
}

const makeIn = async (world: World, kind: WorldKind, stage: StageOf): Promise<InWorld> => {
  const { read, programs: known } = stage;
  const handles = kind === 'real' ? handlesOf(stage.making) : [];
  const programs = known.get(kind) ?? programsFor(stage, handles, kind);
  known.set(kind, programs);
  const loaded: Record<string, Inner> = {};
  const values: (() => Value[])[] = [];
  for (const { analysis, program } of programs) {
    const functions = await world.load(...(await loadable(program, analysis, kind)));
    Object.assign(loaded, functions);
    values.push(() => valuesOf(program.tops, functions[VALUES]?.(), analysis));
  }
  const made = read.map(([name, use]) => [name, world.calling(withGiven(name, use, { world, loaded }))]);
  const opened = handles.map(({ name }) => [name, world.calling(loaded[name] as Inner)]);
  return {
    functions: Object.fromEntries([...made, ...opened]),
    digest: programs.map(({ program }) => program.digest).join(' '),
    texts: programs.map(({ program }) => program.text),
    values: () => values.flatMap((all) => all()),
  };
};

/** Functions that stand in one bundle are one program. */
const programsFor = (
  { read, making }: StageOf,
  handles: readonly Standing[],
  kind: WorldKind,
): readonly ProgramIn[] => {
  const roots = [...read.flatMap(([name, use]) => rootsOf(name, use, making.find)), ...handles];
  const standing = new Map<Analysis, typeof roots>();
  for (const root of roots) standing.set(root.analysis, [...(standing.get(root.analysis) ?? []), root]);
  return [...standing].map(([analysis, its]) => ({ analysis, program: programFor(its, analysis, kind) }));
};

interface ProgramIn {
  readonly analysis: Analysis;
  readonly program: Program;
}

interface Standing extends Root {
  readonly analysis: Analysis;
}

/** Those that need nothing but the top of their files share it with the other functions; what captures more stays as it is. */
const handlesOf = ({ handles = {}, findHandle }: Making): Standing[] =>
  Object.entries(handles).flatMap(([name, fn]) => {
    const placed = findHandle(Function.prototype.toString.call(fn));
    return placed ? [{ name, given: [], ...placed }] : [];
  });

/** The function, and the functions that it is given by name. */
const rootsOf = (name: string, { fn, uses = {} }: FunctionUse, find: Making['find']): Standing[] => {
  const text = Function.prototype.toString.call(fn);
  const placed = find(text);
  if (!placed) throw new NoProgram('it stands nowhere');
  const others = Object.entries(uses).flatMap(([used, value]) =>
    typeof value === 'function' ? rootsOf(usedAs(name, used), { fn: value }, find) : [],
  );
  return [{ name, given: Object.keys(uses).sort(), ...placed }, ...others];
};

const usedAs = (name: string, used: string) => `${name}.uses.${used}`;

const programFor = (roots: readonly Standing[], { universe, effects }: Analysis, kind: WorldKind): Program => {
  const reached = roots.flatMap(({ found, given }) => [...sliceOf({ ...found, given }, universe, effects).holds]);
  return programOf(roots, new Set(reached), { universe, kind });
};

const loadable = async (
  { digest, text, imports, origin }: Program,
  { universe }: Analysis,
  kind: WorldKind,
): Promise<Parameters<World['load']>> => {
  const place = (line: number, column: number): string | undefined => {
    const found = origin(offsetIn(text, line, column));
    return found && `${relative(universe.root, found.file)}:${found.line}:${found.column}`;
  };
  const { named, packages } = kind === 'made' ? await bundledIn(imports, digest) : importedFrom(imports);
  return [{ digest, text, imports: named, place, map: () => sourceMapComment(text, origin) }, packages];
};

interface Named {
  readonly named: readonly Imported[];
  readonly packages: ReadonlyMap<string, string>;
}

/** In the real world packages are those that the program has. */
const importedFrom = (imports: readonly Asked[]): Named => ({
  named: imports.map(({ from, how }) => ({ name: from, how })),
  packages: new Map(),
});

const bundledIn = async (imports: readonly Asked[], digest: string): Promise<Named> => {
  const asked = imports.filter(({ from }) => !isBuiltin(from));
  const named = imports.map((each) => {
    const part = asked.indexOf(each);
    return part < 0 ? { name: each.from.replace(/^node:/, ''), how: each.how } : { name: digest, part, how: each.how };
  });
  return { named, packages: new Map(asked.length > 0 ? [[digest, await bundledText(asked)]] : []) };
};

/** Native add-ons and the like cannot be bundled. */
const bundledText = (asked: readonly Asked[]): Promise<string> =>
  packagesText(asked).catch(() => {
    throw new NoProgram(`${asked.map(({ from }) => from).join(', ')} cannot be bundled`);
  });

const offsetIn = (text: string, line: number, column: number): number => {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
};

interface Loaded {
  readonly world: World;
  readonly loaded: Functions;
}

/** A function that is given names from outside is made by giving them. */
const withGiven = (name: string, { uses }: FunctionUse, { world, loaded }: Loaded): Inner => {
  const inner = loaded[name] as Inner;
  if (!uses || Object.keys(uses).length === 0) return inner;
  const given = Object.entries(uses).map(([used, value]) => [
    used,
    typeof value === 'function' ? loaded[usedAs(name, used)] : value,
  ]);
  return world.calling(inner)(Object.fromEntries(given)) as Inner;
};
