import { readText } from '../disk.js';
import { Mistake } from '../mistake.js';
import type { Overrides } from './loaded.js';

/** Values that take the place of those in the file. */
export interface Changes {
  readonly params: Readonly<Record<string, unknown>>;
  /** stage → path within the stage → value. */
  readonly stages: readonly StageChange[];
}

export interface StageChange {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As the user wrote it, for messages. */
  readonly said: string;
}

/** `--set name=value` is a parameter, `--set stage.field=value` a field; the last one wins. */
export async function overridesOf({ set, files }: Overrides, { code }: { code: boolean }): Promise<Changes> {
  const changes = [...(await Promise.all(files.map(fromFile))).flat(), ...set.map(fromText)];
  const params: Record<string, unknown> = {};
  const stages: StageChange[] = [];
  for (const change of changes) {
    const [first = '', second] = change.path;
    if (change.path.length === 1) params[first] = change.value;
    else if (change.path.length === 2 && first === 'params') params[second as string] = change.value;
    else stages.push(first === 'stages' ? { ...change, path: change.path.slice(1) } : change);
  }
  const [field] = stages;
  if (code && field)
    throw new Mistake(
      `Cannot set ${field.said}: in a pipeline in code only parameters can be set. Read it with params({ … }) there, then --set name=value.`,
    );
  return { params, stages };
}

const NAME = /^[^.=\s]+(\.[^.=\s]+)*$/;

function fromText(text: string): StageChange {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at < 1 || !NAME.test(name))
    throw new Mistake(
      `Cannot read --set ${text}: it is not name=value. Write --set answers.temperature=0.2 or --set limit=5.`,
    );
  return { path: pathOf(name), value: readValue(text.slice(at + 1)), said: name };
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

function pathOf(name: string): string[] {
  const path = name.split('.');
  const wrong = path.find((part) => FORBIDDEN.has(part));
  if (wrong) throw new Mistake(`Cannot set ${name}: ${wrong} is no name of a setting. Choose another name.`);
  return path;
}

/** JSON where it is JSON, else the text itself. */
function readValue(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(text) ? text : value;
  } catch {
    return text;
  }
}

async function fromFile(path: string): Promise<StageChange[]> {
  const { parseData } = await import('./parse.js');
  const { value, problems } = await parseData(path, readOrSay(path));
  if (problems.length) throw problems[0];
  return leaves(value, []).map(({ path: at, value: given }) => ({ path: at, value: given, said: at.join('.') }));
}

function readOrSay(path: string): string {
  try {
    return readText(path);
  } catch {
    throw new Mistake(`Cannot read the overrides ${path}: there is no such file. Check the path after --overrides.`);
  }
}

function leaves(value: unknown, path: readonly string[]): { path: readonly string[]; value: unknown }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}
