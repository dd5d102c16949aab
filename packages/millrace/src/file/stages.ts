import { checkSettings } from '@millrace/core';
import { spelled } from '../render/spelling.js';
import type { Checking } from './checking.js';
import { type Kinded, optionFields } from './kinds.js';
import type { Axis, Combination } from './matrix.js';
import { combinations, nameIn } from './matrix.js';
import type { Path } from './mistakes.js';
import { fileReaders } from './readers.js';
import { isRecord } from './record.js';

/** A stage of a file: its kind, what it reads, how it fans out. */
export interface FileStage {
  readonly name: string;
  readonly path: Path;
  readonly kinded: Kinded;
  readonly axes: readonly Axis[];
  readonly checking: Checking;
}

/** One stage to be made: of a matrix, one combination. */
export interface Draft {
  readonly name: string;
  readonly stage: FileStage;
  readonly config: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** By role: names of drafts, with parts. */
  readonly inputs: ReadonlyMap<string, Sources>;
}

/** What stands behind one role: one, a list, or names of the stage's own. */
interface Sources {
  readonly is: 'one' | 'list' | 'named';
  readonly of: readonly Source[];
}

export interface Source {
  /** Where the stage has names of its own for its inputs. */
  readonly name: string;
  readonly draft: string;
  readonly part: string | undefined;
  readonly at: Path;
}

interface Fanned {
  readonly stage: FileStage;
  readonly axes: readonly Axis[];
  readonly drafts: readonly Draft[];
}

/** From stages as written to drafts, inputs first. What is wrong is said, all of it. */
export function draftsOf(stages: ReadonlyMap<string, FileStage>, names: readonly string[]): Map<string, Fanned> {
  const made = new Map<string, Fanned>();
  const open: string[] = [];
  const visit = (name: string): Fanned | undefined => {
    const known = made.get(name);
    const stage = stages.get(name);
    if (known || !stage) return known;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
      stage.checking.say(
        stage.path,
        `These stages read each other in a circle: ${circle}. Break it: a stage cannot read what is made from it.`,
        'key',
      );
      return undefined;
    }
    open.push(name);
    const fanned = fan(stage, { names, visit });
    open.pop();
    made.set(name, fanned);
    return fanned;
  };
  for (const name of stages.keys()) visit(name);
  return made;
}

interface Around {
  readonly names: readonly string[];
  readonly visit: (name: string) => Fanned | undefined;
}

function fan(stage: FileStage, around: Around): Fanned {
  const reads = readsOf(stage, around);
  const axes = new Map<string, Axis>();
  for (const { fanned } of reads) for (const axis of fanned.axes) axes.set(axis.id, axis);
  for (const axis of stage.axes) axes.set(axis.id, axis);
  const all = [...axes.values()];
  const combined = combinations(all);
  if (!combined)
    stage.checking.say(stage.path, 'The matrix has more than 1,000 combinations. Leave some of its values out.', 'key');
  const drafts = (combined ?? []).map((combination) => draft(stage, { all, combination, reads }));
  return { stage, axes: all, drafts };
}

interface Read {
  readonly role: string;
  readonly is: Sources['is'];
  readonly name: string;
  readonly part: string | undefined;
  readonly fanned: Fanned;
  readonly at: Path;
}

/** What a stage reads, by role; what is not there is said with the nearest name. */
function readsOf({ kinded, path, checking }: FileStage, around: Around): Read[] {
  const reads: Read[] = [];
  for (const [role, field] of Object.entries(kinded.entry.inputs)) {
    const given = kinded.inputs.get(role);
    const at = [...path, kinded.keyOf(role, 'input')];
    if (given === undefined || given === null) {
      if (!field.optional) checking.say(path, `${kinded.entry.name} needs ${role}: ${field.describe}`, 'key');
      continue;
    }
    const is = standsFor(field);
    for (const [name, text, place] of textsOf(given, is, at)) {
      const read = readNamed(text, { at: place, checking, around });
      if (read) reads.push({ ...read, role, is, name });
    }
  }
  return reads;
}

/** What a stage names as its inputs, whether it is there or not. */
export function sourcesIn({ kinded }: FileStage): string[] {
  const fields = Object.entries(kinded.entry.inputs);
  return fields
    .flatMap(([role, field]) => textsOf(kinded.inputs.get(role), standsFor(field), []))
    .flatMap(([, text]) => (typeof text === 'string' ? [text] : []));
}

const standsFor = ({ is }: { readonly is: string }): Sources['is'] =>
  is === 'tables' ? 'list' : is === 'named' ? 'named' : 'one';

function textsOf(given: unknown, is: Sources['is'], at: Path): (readonly [string, unknown, Path])[] {
  if (is === 'list' && Array.isArray(given)) return given.map((each, i) => [String(i), each, [...at, i]]);
  if (is === 'named' && isRecord(given))
    return Object.entries(given).map(([name, each]) => [name, each, [...at, name]]);
  return [['', is === 'named' ? { named: given } : given, at]];
}

function readNamed(
  text: unknown,
  { at, checking, around }: { at: Path; checking: Checking; around: Around },
): Omit<Read, 'role' | 'is' | 'name'> | undefined {
  if (typeof text !== 'string') {
    checking.say(at, `Expected the name of a stage, not ${JSON.stringify(text)}.`);
    return undefined;
  }
  const dot = text.lastIndexOf('.');
  const name = around.names.includes(text) || dot < 1 ? text : text.slice(0, dot);
  const part = name === text ? undefined : text.slice(dot + 1);
  if (!around.names.includes(name)) {
    checking.say(at, `There is no stage ${text}. ${spelled(name, around.names, 'There are')}`);
    return undefined;
  }
  const fanned = around.visit(name);
  return fanned && { part, fanned, at };
}

function draft(
  stage: FileStage,
  { all, combination, reads }: { all: readonly Axis[]; combination: Combination; reads: readonly Read[] },
): Draft {
  const { kinded } = stage;
  const values = Object.fromEntries(
    stage.axes.map(({ id, field, values: of }) => [field, of[combination.get(id) as number]?.value]),
  );
  const { matrix: _, ...config } = { ...kinded.config, ...values };
  const checked = checkStage(stage, config);
  return {
    name: nameIn(stage.name, all, combination),
    stage,
    ...checked,
    inputs: inputsOf(reads, combination),
  };
}

/** Says what is wrong with the settings of a stage; then none of them counts. */
function checkStage(stage: FileStage, config: object): Pick<Draft, 'config' | 'options'> {
  const { path, checking, kinded } = stage;
  const { name, config: settings } = kinded.entry;
  const options = kinded.options ?? {};
  if (!isRecord(options))
    checking.say([...path, 'options'], `The options of ${name} must be a set of names and values.`);
  const checked = checkSettings(
    { name, config: settings, options: optionFields(kinded.entry) },
    { config, options: isRecord(options) ? options : {} },
    fileReaders(path, checking),
  );
  if (!('wrong' in checked)) return checked;
  const say = sayAt(stage);
  for (const wrong of checked.wrong) say([...path, ...wrong.path], wrong.text, wrong.on === 'name' ? 'key' : 'value');
  return { config: {}, options: {} };
}

function inputsOf(reads: readonly Read[], combination: Combination): Map<string, Sources> {
  const inputs = new Map<string, { is: Sources['is']; of: Source[] }>();
  for (const { role, is, name, part, fanned, at } of reads) {
    const of = inputs.get(role)?.of ?? [];
    of.push({ name, draft: nameIn(fanned.stage.name, fanned.axes, combination), part, at });
    inputs.set(role, { is, of });
  }
  return inputs;
}

/** A field that stands behind the kind's own key, or in the matrix, is said there. */
export const sayAt =
  ({ kinded, path, axes, checking }: FileStage): Checking['say'] =>
  (at, text, on) => {
    const field = String(at[path.length] ?? '');
    if (axes.some((axis) => axis.field === field)) return checking.say([...path, 'matrix', field], text, on);
    return checking.say(
      [...path, ...(field ? [kinded.keyOf(field, 'field')] : []), ...at.slice(path.length + 1)],
      text,
      on,
    );
  };
