import { type Graph, type Handle, hidingOutputs, hidingText, type Outputs } from '@millrace/core';
import { spelled } from '../render/spelling.js';
import type { FileSet, Report, Said } from './merge.js';
import type { Path } from './mistakes.js';
import { isRecord } from './record.js';

export interface Made {
  readonly handles: ReadonlyMap<string, Handle>;
  /** Stage as written → its combinations, as far as they could be declared. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
}

/** The outputs of each pipeline of a file set. Without a word of the file every stage is one. */
export function outputsOf({ outputs, pipelines }: FileSet, made: Made): Map<string, Outputs> {
  const all = Object.fromEntries(made.handles) as unknown as Outputs;
  const result = new Map<string, Outputs>([['default', outputs ? chosen(outputs, made) : all]]);
  for (const [name, said] of pipelines) result.set(name, chosen(listIn(said), made));
  return result;
}

/** Reports outputs with the name of another stage. */
export function refuseHiding(pipelines: ReadonlyMap<string, Graph>, set: FileSet, report: Report): void {
  for (const [pipeline, graph] of pipelines) {
    const said = set.pipelines.get(pipeline) ?? set.outputs;
    if (!said) continue;
    const { source, path } = listIn(said);
    for (const name of hidingOutputs(graph))
      report(source, { path: [...path, withoutLabels(name)], on: 'key', text: hidingText(name) });
  }
}

const listIn = (said: Said): Said =>
  isRecord(said.value) && said.value['outputs'] !== undefined
    ? { ...said, value: said.value['outputs'], path: [...said.path, 'outputs'] }
    : said;

/** What the outputs of a name are made of, in any pipeline of the file. */
export function textsNamed(word: string, { outputs, pipelines }: FileSet): string[] {
  const lists = [...(outputs ? [outputs] : []), ...[...pipelines.values()].map(listIn)];
  const name = withoutLabels(word);
  return lists
    .flatMap(entriesOf)
    .flatMap((entry) =>
      [word, name].includes(entry.name ?? '') && typeof entry.text === 'string' ? [entry.text] : [],
    );
}

/** Of `best[m1]`: `best`. */
const withoutLabels = (name: string): string => name.replace(/\[.*$/s, '');

interface Entry {
  readonly at: Path;
  /** Undefined: it goes by the name of the stage. */
  readonly name: string | undefined;
  readonly text: unknown;
}

/** `[scores, scores.summary]` or `{ summary: scores.summary }`. */
const entriesOf = ({ value, path }: Said): Entry[] => {
  if (Array.isArray(value)) return value.map((text, i) => ({ at: [...path, i], name: undefined, text }));
  return isRecord(value) ? Object.entries(value).map(([name, text]) => ({ at: [...path, name], name, text })) : [];
};

function chosen(list: Said, made: Made): Outputs {
  const { source, path } = list;
  const wrong = (at: Path, text: string) => made.report(source, { path: at, on: 'value', text });
  const entries = entriesOf(list);
  if (entries.length === 0) wrong(path, 'Outputs are names of stages. Write outputs: [scores].');
  const found: Record<string, Handle> = {};
  for (const { at, name, text } of entries)
    Object.assign(found, handlesOf(text, name, { made, wrong: (says) => wrong(at, says) }));
  return found as unknown as Outputs;
}

function handlesOf(
  text: unknown,
  name: string | undefined,
  { made, wrong }: { made: Made; wrong: (says: string) => void },
): Record<string, Handle> {
  if (typeof text !== 'string') return wrong(`Expected the name of a stage, not ${JSON.stringify(text)}.`) ?? {};
  const dot = text.lastIndexOf('.');
  const stage = made.groups.has(text) || made.handles.has(text) || dot < 1 ? text : text.slice(0, dot);
  const part = stage === text ? undefined : text.slice(dot + 1);
  const names = made.groups.get(stage) ?? (made.handles.has(stage) ? [stage] : undefined);
  if (!names) return wrong(`There is no stage ${text}. ${spelled(stage, [...made.groups.keys()], 'There are')}`) ?? {};
  return Object.fromEntries(
    names.flatMap((each) => {
      const handle = made.handles.get(each) as Handle;
      const found = part === undefined ? handle : (handle as unknown as Record<string, Handle>)[part];
      if (!found) wrong(`${each} has no part ${part}.`);
      const shown = `${name ?? stage}${each.slice(stage.length)}${part && !name ? `.${part}` : ''}`;
      return found ? [[shown, found]] : [];
    }),
  );
}
