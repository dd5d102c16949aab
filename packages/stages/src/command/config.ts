import type { Handle, Nature, Plain } from '@millrace/core';
import { type Declared, resolveColumns } from '../source/declared.js';
import { badPath, type JsonlSpec, type OutputSpec, placeOf } from './outputs.js';
import { named, type Word } from './words.js';

export type Params = { readonly [name: string]: Plain };
export type OutputSpecs = { readonly [part: string]: OutputSpec };
export type InputHandles = { readonly [role: string]: Handle };

/** Everything that makes the program's answer. */
export interface CommandConfig<
  P extends Params = Params,
  I extends InputHandles = InputHandles,
  O extends OutputSpecs = OutputSpecs,
> {
  /** The program and its words. Never a shell's line, unless `shell`. */
  readonly argv: readonly Word<keyof P & string, keyof I & string, keyof O & string>[];
  readonly params?: P;
  readonly inputs?: I;
  readonly outputs: O;
  /** Set for the program. Nothing else is, but what the option `pass` names. */
  readonly env?: { readonly [name: string]: string };
  /** Files that it reads besides: patterns from the project's folder. Content and names are in the key. */
  readonly uses?: readonly string[];
  /** Stands for the program itself, which no file here holds: `python 3.11`. */
  readonly version?: string | number;
  /** The words become one line for `sh`; placeholders are quoted. */
  readonly shell?: boolean;
  /** `answered` by default: the same inputs may give other bits. */
  readonly nature?: Nature;
}

export type Parsed = Omit<CommandConfig, 'inputs'> & { readonly params: Params; readonly roles: readonly string[] };

/** Checked when it is declared, so that a slip of the pen costs no training. */
export function parse(given: unknown): Parsed {
  const {
    inputs,
    roles = Object.keys(inputs ?? {}),
    ...config
  } = given as CommandConfig & { roles?: readonly string[] };
  const parsed = { params: {}, ...config, roles };
  checkArgv(parsed);
  checkNames(parsed);
  checkPaths(parsed);
  return { ...parsed, outputs: withTypes(parsed.outputs) };
}

const withTypes = (outputs: OutputSpecs): OutputSpecs =>
  Object.fromEntries(
    Object.entries(outputs).map(([part, spec]) => [
      part,
      typeof spec === 'object' && 'jsonl' in spec && spec.columns ? withTypesOf(spec, spec.columns) : spec,
    ]),
  );

function withTypesOf(spec: JsonlSpec, declared: Declared): JsonlSpec {
  const { columns, json } = resolveColumns(declared);
  return { ...spec, columns, ...(json && { jsonColumns: json }) };
}

const refuse = (what: string, now: string): never => {
  throw new Error(`This command cannot be declared: ${what}. ${now}`);
};

function checkArgv({ argv }: Parsed): void {
  if (typeof argv === 'string')
    refuse(
      'argv is one string',
      "Give a list of words, as in ['python', 'train.py'], or a list of one line and shell: true.",
    );
  if (!Array.isArray(argv) || argv.length === 0)
    refuse('argv is empty', "Give the program and its words: ['python', 'train.py'].");
}

function checkNames(parsed: Parsed): void {
  const { argv, params, roles, outputs } = parsed;
  const known = { param: Object.keys(params), input: roles, output: Object.keys(outputs) } as const;
  for (const [sort, names] of Object.entries(known))
    for (const name of named(argv, sort as 'param'))
      if (!names.includes(name))
        refuse(
          `argv names the ${sort} ${name}, which is not declared`,
          `Declare it among ${sort}s${names.length ? `, where there are ${names.join(', ')}` : ''}.`,
        );
  if (!known.output.length) refuse('it has no output', "Declare what it leaves behind: outputs: { model: 'folder' }.");
  if (known.output.includes('log'))
    refuse('an output is named log', 'The log of the program is a part of that name already: choose another.');
  if (named(argv, 'params').length) return;
  const used = named(argv, 'param');
  const unused = known.param.filter((name) => !used.includes(name));
  if (unused.length)
    refuse(
      `the program never gets ${unused.join(', ')}`,
      `Put { param: '${unused[0]}' } among its words, or { params: 'json' } for a file with all params.`,
    );
}

function checkPaths({ outputs, argv }: Parsed): void {
  const seen = new Map<string, string>();
  for (const [part, spec] of Object.entries(outputs)) {
    const { path } = placeOf(part, spec);
    const bad = badPath(path);
    if (bad)
      refuse(`the output ${part} is at ${JSON.stringify(path)}, which ${bad}`, 'Give a relative path of its own.');
    const other = seen.get(path);
    if (other) refuse(`the outputs ${other} and ${part} are at one path, ${path}`, 'Give each its own.');
    seen.set(path, part);
  }
  for (const path of named(argv, 'work')) {
    const bad = badPath(path);
    if (bad) refuse(`the word { work: ${JSON.stringify(path)} } ${bad}`, 'Give a relative path of its own.');
  }
}
