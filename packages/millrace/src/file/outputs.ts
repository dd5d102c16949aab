import type { Handle, Outputs } from '@millrace/core';
import { spelled } from '../render/spelling.js';
import type { FileSet, Report, Said } from './merge.js';
import type { Path } from './mistakes.js';
import { isRecord } from './record.js';

export interface Made {
  readonly handles: ReadonlyMap<string, Handle>;
  /** Stage as written → its combinations. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
}

/** The outputs of each pipeline of a file set. Without a word of the file every stage is one. */
export function outputsOf({ outputs, pipelines }: FileSet, made: Made): Map<string, Outputs> {
  const all = Object.fromEntries(made.handles) as unknown as Outputs;
  const result = new Map<string, Outputs>([['default', outputs ? chosen(outputs, made) : all]]);
  for (const [name, said] of pipelines) {
    const inner = isRecord(said.value) && said.value['outputs'] !== undefined;
    const list = inner
      ? { ...said, value: (said.value as { outputs: unknown }).outputs, path: [...said.path, 'outputs'] }
      : said;
    result.set(name, chosen(list, made));
  }
  return result;
}

/** `[scores, scores.summary]` or `{ summary: scores.summary }`. */
function chosen({ value, source, path }: Said, made: Made): Outputs {
  const wrong = (at: Path, text: string) => made.report(source, { path: at, on: 'value', text });
  const entries: [Path, string | undefined, unknown][] = Array.isArray(value)
    ? value.map((text, i) => [[...path, i], undefined, text])
    : isRecord(value)
      ? Object.entries(value).map(([name, text]) => [[...path, name], name, text])
      : [];
  if (entries.length === 0) wrong(path, 'Outputs are names of stages. Write outputs: [scores].');
  const found: Record<string, Handle> = {};
  for (const [at, name, text] of entries)
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
  const names = made.groups.get(stage) ?? (made.handles.has(stage) ? [stage] : []);
  if (names.length === 0)
    return wrong(`There is no stage ${text}. ${spelled(stage, [...made.groups.keys()], 'There are')}`) ?? {};
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
