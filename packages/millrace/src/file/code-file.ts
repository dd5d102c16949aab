import { dirname } from 'node:path';
import { type Graph, graphOf, type Handle, type Outputs, withoutHiding } from '@millrace/core';
import { type CodeTrust, loadCode } from '../load-code.js';
import { Mistake } from '../mistake.js';
import { giveParams, known, noSuchParam, unasked } from '../params.js';
import { optionsOf } from '../pipeline.js';
import type { LoadedFile } from './loaded.js';

/** A pipeline in TypeScript or JavaScript: what it exports by `pipeline()`, or stages exported by name. */
export async function loadCodeFile(
  file: string,
  values: Readonly<Record<string, unknown>>,
  trust: CodeTrust,
): Promise<LoadedFile> {
  giveParams(values);
  const { module, reader, inputs } = await loadCode(file, trust);
  const [stray] = unasked();
  if (stray !== undefined) throw noSuchParam(stray, known());
  const found = Object.entries(module).filter(([, value]) => optionsOf(value));
  const pipelines = new Map(found.map(([name, value]) => [name, (value as { graph: Graph }).graph]));
  const [, first] = found[0] ?? [];
  const options = optionsOf(module['default'] ?? first) ?? {};
  return {
    file,
    base: options.base ?? dirname(file),
    pipelines: pipelines.size ? pipelines : new Map([['default', stagesOf(file, module)]]),
    groups: new Map(),
    asked: options,
    code: async () => reader,
    inputs,
  };
}

function stagesOf(file: string, module: Readonly<Record<string, unknown>>): Graph {
  const stages = Object.entries(module).filter(([name, value]) => name !== 'default' && isHandle(value));
  const given = module['default'];
  const named = isRecord(given) && Object.values(given).every(isHandle) ? given : Object.fromEntries(stages);
  if (Object.keys(named).length === 0)
    throw new Mistake(
      `Cannot run ${file}: it exports no pipeline. End it with: export default pipeline({ name: stage }).`,
    );
  return withoutHiding(graphOf(named as Outputs));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !isHandle(value) && Object.keys(value).length > 0;

const isHandle = (value: unknown): value is Handle => {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getOwnPropertySymbols(value).some((symbol) => symbol.description === 'millrace.handle');
};
