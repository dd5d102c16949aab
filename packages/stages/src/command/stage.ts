import {
  type AnyHandle,
  type Columns,
  type EngineOptions,
  type Facts,
  type Folder,
  type FolderOutput,
  type Kind,
  matchesGlob,
  type Output,
  type PartKind,
  type SettledContext,
  stage,
  type Table,
  type Value,
} from '@millrace/core';
import { keepAt, places } from '../at/at.js';
import { type CommandConfig, type InputHandles, type OutputSpecs, type Params, type Parsed, parse } from './config.js';
import { worldName, worldOf } from './files.js';
import { type FolderSpec, type JsonlSpec, type JsonSpec, type OutputSpec, placeOf } from './outputs.js';
import { type CommandOptions, runCommand } from './run.js';
import { wordText } from './words.js';

const kind: Kind<Parsed, CommandOptions> = {
  name: 'command',
  version: 1,
  nature: ({ nature }) => nature ?? 'answered',
  config: parse,
  label: ({ argv, params }) => {
    const said = Object.entries(params).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return [argv.slice(0, 2).map(wordText).join(' '), said.join(' ')].filter(Boolean).join(' · ');
  },
  worldName,
  /** The words are in the world: only a look tells which of them are files. What an output must have is a check and no content. */
  semantic: ({ argv: _words, uses: _files, roles: _roles, outputs, ...rest }) => ({
    ...rest,
    outputs: Object.fromEntries(Object.entries(outputs).map(([part, spec]) => [part, semanticOutput(part, spec)])),
  }),
  work: {
    is: 'whole',
    parts: ({ outputs }): Record<string, PartKind> => ({
      ...Object.fromEntries(Object.entries(outputs).map(([part, spec]) => [part, placeOf(part, spec).is])),
      log: 'folder',
    }),
    columns: ({ outputs }) =>
      Object.fromEntries(Object.entries(outputs).map(([part, spec]) => [part, columnsOf(spec)])),
    world: async (config, _options, look) => ({ ...(await worldOf(config, look)) }),
    run: runCommand,
  },
  places,
  settled: inStep,
};

const semanticOutput = (part: string, spec: OutputSpec) => {
  const { notContent = [] }: Partial<FolderSpec> = typeof spec === 'object' && 'folder' in spec ? spec : {};
  const columns = columnsOf(spec);
  const jsonColumns = typeof spec === 'object' && 'jsonl' in spec ? spec.jsonColumns : undefined;
  return {
    ...placeOf(part, spec),
    ...(notContent.length && { notContent }),
    ...(columns && { columns }),
    ...(jsonColumns && { jsonColumns }),
  };
};

const columnsOf = (spec: OutputSpec): Columns | undefined =>
  typeof spec === 'object' && 'jsonl' in spec ? (spec.columns as Columns | undefined) : undefined;

/** A reused output must have what it must have now. The first folder is what stands at the user's path. */
async function inStep(
  outputs: Readonly<Record<string, Output>>,
  { config, options, base, place }: SettledContext<Parsed, CommandOptions>,
): Promise<Facts> {
  for (const [part, spec] of Object.entries(config.outputs)) checkEssential(outputs[part], spec);
  if (options.at === undefined) return {};
  const folder = Object.values(outputs).find((output) => output.is === 'folder') as FolderOutput;
  return { at: await keepAt(folder, options, { base, place }) };
}

function checkEssential(output: Output | undefined, spec: OutputSpec): void {
  const { essential = [] }: Partial<FolderSpec> = typeof spec === 'object' && 'folder' in spec ? spec : {};
  if (output?.is !== 'folder') return;
  const absent = essential.filter((pattern) => !output.files.some((file) => matchesGlob(file.path, pattern)));
  if (absent.length)
    throw new Error(
      `The stored output has no ${absent.join(', ')}, which is essential now. Correct the list, or force the stage to make it again.`,
    );
}

type HandleOf<S> = S extends JsonSpec ? Value : S extends JsonlSpec ? Table : Folder;

/** A handle for each output; where there is one output, the whole is its handle too. */
export type CommandParts<O extends OutputSpecs> = { readonly [K in keyof O]: HandleOf<O[K]> } & {
  readonly log: Folder;
} & Main<O>;

type Main<O> = { [K in keyof O]: Exclude<keyof O, K> extends never ? HandleOf<O[K]> : unknown }[keyof O];

/** Any program as a stage. It runs again when its words, params, files or inputs change, and never counts half-done. */
export function command<
  const P extends Params = Record<never, never>,
  const I extends InputHandles = Record<never, never>,
  const O extends OutputSpecs = OutputSpecs,
>(config: CommandConfig<P, I, O>, options?: CommandOptions & EngineOptions): CommandParts<O> {
  const { inputs = {}, ...rest } = config;
  return commandStage(inputs, rest, options) as unknown as CommandParts<O>;
}

export function commandStage(
  inputs: InputHandles,
  config: object,
  options: (CommandOptions & EngineOptions) | undefined,
): AnyHandle {
  const given = { ...config, roles: Object.keys(inputs) };
  const made = stage<AnyHandle, Parsed, CommandOptions>({ kind, inputs, config: given, options });
  const [main = ''] = Object.keys((config as CommandConfig).outputs);
  return Object.freeze({ ...made, [main]: made });
}
