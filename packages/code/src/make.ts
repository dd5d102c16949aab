import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { FunctionUse, MadeFunctions } from '@millrace/core';
import { type Asked, packagesText } from './bundle/package-text.js';
import { checked, isElsewhere, type Made } from './checks/checked.js';
import { NoProgram } from './program/names.js';
import { type Program, programOf, type Root } from './program/program.js';
import type { Analysis } from './reach/analysis.js';
import type { MakeFunctions, Making } from './reach/reader.js';
import { sliceOf } from './reach/slice.js';
import {
  FunctionError,
  type Functions,
  type Inner,
  type Log,
  makeWorld,
  type World,
  type WorldOptions,
} from './world/index.js';

type Uses = Readonly<Record<string, FunctionUse>>;

/**
 * The functions of a stage, evaluated from the units that they reach, all in one world. A version stands for its function;
 * functions that ask, draw or read what they declare are called as they were imported.
 */
export const makeFunctions: MakeFunctions = async (uses, { nature, find, agreements }) => {
  const read = Object.entries(uses).filter(([, { version }]) => version === undefined);
  if (nature !== 'pure' || read.some(([, { reads }]) => reads && reads.length > 0)) return notMade(uses);
  const worlds: World[] = [];
  const closeAll = () => {
    for (const world of worlds) world.close();
  };
  const make = (kind: WorldOptions['kind'], said?: Log) => {
    const world = makeWorld({ kind, ...(said && { log: said }) });
    worlds.push(world);
    return makeIn(world, read, find);
  };
  const here = isElsewhere() ? () => make('real') : undefined;
  const checks = { agreements, log, again: () => make('made'), here };
  try {
    const { functions, close } = await checked(await make('made', log), uses, checks);
    const end = () => {
      close();
      closeAll();
    };
    return { functions: { ...asTheyAre(uses), ...functions }, close: end };
  } catch (error) {
    closeAll();
    if (error instanceof NoProgram || error instanceof FunctionError) return notMade(uses);
    throw error;
  }
};

const notMade = (uses: Uses): MadeFunctions => ({ functions: asTheyAre(uses), close: () => undefined });

/** What functions print is for people: what a command answers stays what it is. */
const log: Log = (_level, text) => console.error(text);

const asTheyAre = (uses: Uses) => Object.fromEntries(Object.entries(uses).map(([name, { fn }]) => [name, fn]));

const makeIn = async (
  world: World,
  uses: readonly (readonly [string, FunctionUse])[],
  find: Making['find'],
): Promise<Made> => {
  const roots = uses.flatMap(([name, use]) => rootsOf(name, use, find));
  const standing = new Map<Analysis, typeof roots>();
  for (const root of roots) standing.set(root.analysis, [...(standing.get(root.analysis) ?? []), root]);
  const programs = [...standing].map(([analysis, its]) => ({ analysis, program: programFor(its, analysis) }));
  const loaded: Record<string, Inner> = {};
  for (const { analysis, program } of programs) Object.assign(loaded, await load(world, program, analysis));
  const made = uses.map(([name, use]) => [name, world.calling(withGiven(name, use, { world, loaded }))]);
  return { functions: Object.fromEntries(made), digest: programs.map(({ program }) => program.digest).join(' ') };
};

interface Standing extends Root {
  readonly analysis: Analysis;
}

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

const programFor = (roots: readonly Standing[], { universe, effects }: Analysis): Program => {
  const reached = roots.flatMap(({ found, given }) => [...sliceOf({ ...found, given }, universe, effects).holds]);
  return programOf(roots, new Set(reached), universe);
};

const load = async (
  world: World,
  { digest, text, imports, origin }: Program,
  analysis: Analysis,
): Promise<Functions> => {
  const asked = imports.filter(({ from }) => !isBuiltin(from));
  const packages = new Map(asked.length > 0 ? [[digest, await bundledText(asked)]] : []);
  const named = imports.map((each) => {
    const part = asked.indexOf(each);
    return part < 0 ? each.from.replace(/^node:/, '') : { name: digest, part };
  });
  const place = (line: number, column: number): string | undefined => {
    const found = origin(offsetIn(text, line, column));
    return found && `${relative(analysis.universe.root, found.file)}:${found.line}:${found.column}`;
  };
  return world.load({ digest, text, imports: named, place }, packages);
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
