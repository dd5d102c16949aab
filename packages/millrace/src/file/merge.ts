import { nearest } from '@millrace/core';
import { isFile } from '../disk.js';
import type { Path, Wrong } from './mistakes.js';
import { isRecord } from './record.js';
import { readSource, type Source, type SourcePorts, within } from './source.js';

/** What a whole file set says: each part with the file it stands in. */
export interface FileSet {
  readonly sources: readonly Source[];
  readonly params: ReadonlyMap<string, Said>;
  readonly stages: ReadonlyMap<string, Said>;
  readonly pipelines: ReadonlyMap<string, Said>;
  readonly outputs: Said | undefined;
  readonly store: string | undefined;
}

export interface Said {
  readonly value: unknown;
  readonly source: Source;
  readonly path: Path;
}

export type Report = (source: Source, wrong: Wrong) => void;

const TOP = ['$schema', 'include', 'params', 'stages', 'outputs', 'pipelines', 'store'];
const MOST_FILES = 100;

interface Growing {
  readonly sources: Source[];
  readonly params: Map<string, Said>;
  readonly stages: Map<string, Said>;
  readonly pipelines: Map<string, Said>;
  outputs?: Said;
  store?: string;
}

/** A file with all that it includes. The including file's parameters win; a stage of one name stands once. */
export async function readSet(file: string, ports: SourcePorts, report: Report): Promise<FileSet> {
  const made: Growing = { sources: [], params: new Map(), stages: new Map(), pipelines: new Map() };
  await take(file, { made, ports, report, above: [] });
  return { outputs: undefined, store: undefined, ...made };
}

interface Taking {
  readonly made: Growing;
  readonly ports: SourcePorts;
  readonly report: Report;
  readonly above: readonly string[];
}

async function take(file: string, taking: Taking): Promise<void> {
  const { made, ports, report, above } = taking;
  const source = await readSource(file, ports);
  made.sources.push(source);
  const top = source.value;
  if (!isRecord(top))
    return report(source, {
      path: [],
      on: 'value',
      text: 'A pipeline file has stages. Write stages: { name: { source: data.jsonl } }.',
    });
  for (const name of Object.keys(top).filter((each) => !TOP.includes(each))) {
    const close = nearest(name, TOP);
    report(source, {
      path: [name],
      on: 'key',
      text: `Nothing is called ${name} here. ${close ? `Did you mean ${close}?` : `A file may have ${TOP.slice(1).join(', ')}.`}`,
    });
  }
  for (const [path, text] of includes(top, source, report))
    await include({ path, text }, source, { ...taking, above: [...above, file] });
  add(source, top, taking);
}

function includes(top: Record<string, unknown>, source: Source, report: Report): [Path, string][] {
  const given = top['include'];
  if (given === undefined) return [];
  const list = Array.isArray(given)
    ? given.map((each, i): [Path, unknown] => [['include', i], each])
    : [[['include'], given] as [Path, unknown]];
  return list.filter((each): each is [Path, string] => {
    if (typeof each[1] === 'string') return true;
    report(source, {
      path: each[0],
      on: 'value',
      text: 'An include is the path of a file. Write include: ./common.yaml.',
    });
    return false;
  });
}

async function include({ path, text }: { path: Path; text: string }, source: Source, taking: Taking): Promise<void> {
  const { made, ports, report, above } = taking;
  const full = within([ports.root], source.file, text);
  const say = (says: string) => report(source, { path, on: 'value', text: says });
  if (typeof full !== 'string') return say(full.message);
  if (above.includes(full)) return say(`${text} includes this file in turn. Leave one of the two out.`);
  if (made.sources.some(({ file }) => file === full)) return;
  if (made.sources.length >= MOST_FILES) return say(`More than ${MOST_FILES} files are included. Join some of them.`);
  if (!/\.(ya?ml|json|toml)$/.test(full)) return say(`${text} is no pipeline file. Include .yaml, .json or .toml.`);
  if (!isFile(full)) return say(`There is no file ${text}. Check the path; it starts at this file.`);
  await take(full, taking);
}

function add(source: Source, top: Record<string, unknown>, { made, report }: Taking): void {
  for (const [name, value] of entriesOf(top, 'params', { source, report }))
    made.params.set(name, { value, source, path: ['params', name] });
  for (const [name, value] of entriesOf(top, 'stages', { source, report })) {
    const path = ['stages', name];
    if (made.stages.has(name))
      report(source, {
        path,
        on: 'key',
        text: `There is a stage ${name} already, in ${made.stages.get(name)?.source.file}. Give one of them another name.`,
      });
    else made.stages.set(name, { value, source, path });
  }
  for (const [name, value] of entriesOf(top, 'pipelines', { source, report }))
    made.pipelines.set(name, { value, source, path: ['pipelines', name] });
  if (top['outputs'] !== undefined) made.outputs = { value: top['outputs'], source, path: ['outputs'] };
  if (typeof top['store'] === 'string') made.store = top['store'];
}

function entriesOf(
  top: Record<string, unknown>,
  name: string,
  { source, report }: { source: Source; report: Report },
): [string, unknown][] {
  const given = top[name];
  if (given === undefined || given === null) return [];
  if (isRecord(given)) return Object.entries(given);
  report(source, { path: [name], on: 'value', text: `${name} is a set of names. Write ${name}: { name: … }.` });
  return [];
}
