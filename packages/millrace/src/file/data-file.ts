import { dirname, relative } from 'node:path';
import { type Graph, graphOf, type Handle, type Outputs } from '@millrace/core';
import { noSuchParam } from '../params.js';
import { spelled } from '../render/spelling.js';
import { changed } from './changes.js';
import type { Checking } from './checking.js';
import { declare, functionsIn, withParts } from './declare.js';
import { fill, type ParamValues, type Say } from './fill.js';
import { loadFunctions, type Refused } from './functions.js';
import { kindOf } from './kinds.js';
import type { LoadedFile, LoadPorts, Overrides } from './loaded.js';
import { axesOf } from './matrix.js';
import { type FileSet, type Report, readSet, type Said } from './merge.js';
import { FileMistakes, type Located, type Wrong } from './mistakes.js';
import { neededFor } from './needed.js';
import { outputsOf, refuseHiding } from './outputs.js';
import { type Changes, overridesOf } from './overrides.js';
import { isRecord } from './record.js';
import { type Source, within } from './source.js';
import { draftsOf, type FileStage, sayAt } from './stages.js';

const MOST_WRONGS = 100;

/** A pipeline in YAML, JSON or TOML. */
export async function loadDataFile(file: string, overrides: Overrides, ports: LoadPorts): Promise<LoadedFile> {
  const found = new Findings();
  const { report } = found;
  const changes = await overridesOf(overrides, { code: false });
  const set = await readSet(file, ports, report);
  const stages = stagesOf(set, {
    clean: () => found.clean,
    changes,
    report,
    root: ports.root,
    alsoRead: ports.alsoRead ?? [],
    base: dirname(file),
  });
  const written = [...set.stages.keys()];
  const needed = ports.needs && neededFor(ports.needs, { set, stages });
  const check = () => found.check(needed);
  const fanned = draftsOf(stages, written);
  const drafts = [...fanned.values()].flatMap((each) => each.drafts);
  await check();
  const sound = () => drafts.filter(({ stage }) => !found.isIn(stage.name));
  const refs = sound().flatMap((draft) => functionsIn(draft.config).map((ref) => ({ ref, draft })));
  const refuse = ({ ref, says }: Refused) => {
    const stage = refs.find((each) => each.ref === ref)?.draft.stage;
    if (stage) sayAt(stage)(ref.path, says);
  };
  const functions = await loadFunctions(
    refs.map(({ ref }) => ref),
    { refuse, trust: ports },
  );
  await check();
  const handles = new Map<string, Handle>();
  for (const draft of sound()) {
    const handle = declare(draft, handles, functions);
    for (const [part, each] of handle ? withParts(handle) : []) handles.set(`${draft.name}${part}`, each);
  }
  await check();
  const namesOf = (name: string) => (fanned.get(name)?.drafts ?? []).map((draft) => draft.name);
  const groups = new Map(written.map((name) => [name, namesOf(name).filter((each) => handles.has(each))]));
  const whole = graphOf(Object.fromEntries(handles) as unknown as Outputs);
  const outputs = outputsOf(set, { handles, groups, report });
  const pipelines = new Map([...outputs].map(([name, each]) => [name, named(whole, each)]));
  refuseHiding(pipelines, set, report);
  await check();
  return {
    file,
    base: dirname(file),
    pipelines,
    groups,
    asked: set.store === undefined ? {} : { store: set.store },
    code: async () => functions.reader,
    inputs: [...set.sources.map((source) => source.file), ...functions.inputs],
  };
}

/** What is wrong, and in which stages. */
class Findings {
  readonly #all: { readonly source: Source; readonly wrong: Wrong }[] = [];

  readonly report: Report = (source, wrong) => {
    this.#all.push({ source, wrong });
  };

  get clean(): boolean {
    return this.#all.length === 0;
  }

  isIn(stage: string): boolean {
    return this.#all.some(({ wrong }) => stageIn(wrong) === stage);
  }

  /** Throws what is wrong, but for stages that are not needed. */
  async check(needed: ReadonlySet<string> | undefined): Promise<void> {
    const isNeeded = (stage: string | undefined) => stage === undefined || !needed || needed.has(stage);
    // The place of each is looked for in the whole file.
    const first = this.#all.filter(({ wrong }) => isNeeded(stageIn(wrong))).slice(0, MOST_WRONGS);
    if (first.length)
      throw new FileMistakes(inOrder(await Promise.all(first.map(({ source, wrong }) => source.locate(wrong)))));
  }
}

const stageIn = ({ path: [room, name] }: Wrong): string | undefined =>
  room === 'stages' && name !== undefined ? String(name) : undefined;

const inOrder = (located: readonly Located[]): Located[] =>
  [...located].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.span?.line ?? 0) - (b.span?.line ?? 0)));

/** Some outputs with what they need, and the names of the whole file. */
function named(whole: Graph, outputs: Outputs): Graph {
  const part = graphOf(outputs);
  return { ...part, names: new Map(part.stages.map((stage) => [stage, whole.names.get(stage) as string])) };
}

interface Reading {
  /** Nothing is wrong so far. */
  readonly clean: () => boolean;
  readonly changes: Changes;
  readonly report: (source: Source, wrong: Wrong) => void;
  readonly root: string;
  readonly alsoRead: readonly string[];
  readonly base: string;
}

function stagesOf(set: FileSet, reading: Reading): Map<string, FileStage> {
  const params = paramsOf(set, reading.changes);
  const stages = new Map<string, FileStage>();
  const given = changed(set.stages, reading.changes.stages);
  for (const [name, said] of given) {
    const stage = stageOf(name, said, { ...reading, params });
    if (stage) stages.set(name, stage);
  }
  const [first] = set.sources;
  if (given.size === 0 && first && reading.clean())
    reading.report(first, {
      path: ['stages'],
      on: 'key',
      text: 'There is no stage. Write stages: { name: { source: data.jsonl } }.',
    });
  return stages;
}

function stageOf(
  name: string,
  said: Said & { readonly fields?: ReadonlyMap<string, string> },
  { report, root, alsoRead, base, params }: Reading & { params: ParamValues },
): FileStage | undefined {
  const { source, path } = said;
  const say: Say = (at, text, on = 'value') => {
    const by = said.fields?.get(JSON.stringify(at.slice(path.length, path.length + 1)));
    report(source, { path: by ? path : at, on: by ? 'key' : on, text: by ? `--set ${by}: ${text}` : text });
  };
  const value = fill(said.value, path, { params, say });
  if (!isRecord(value)) {
    say(path, `A stage is a set of settings. Write ${name}: { source: data.jsonl }.`);
    return undefined;
  }
  if (/[.[\]]|^$/.test(name))
    say(
      path,
      `A stage cannot be called ${JSON.stringify(name)}: dots and brackets name parts and combinations. Choose another name.`,
      'key',
    );
  const checking: Checking = {
    say,
    code: (text) => within([root], source.file, text),
    data: (text) => within([root, ...alsoRead], source.file, text),
    fromBase: (full) => relative(base, full) || '.',
  };
  const { matrix, ...rest } = value;
  const axes = axesOf(name, matrix, { path: [...path, 'matrix'], say });
  const values = Object.fromEntries(axes.map(({ field, values: of }) => [field, of[0]?.value]));
  const kinded = kindOf({ ...rest, ...values }, path, say);
  return kinded && { name, path, kinded, axes, checking };
}

/** The file's parameters with what the command line sets. */
function paramsOf({ params }: FileSet, { params: set }: Changes): ParamValues {
  const names = [...params.keys()];
  const stray = Object.keys(set).find((name) => !params.has(name));
  if (stray !== undefined) throw noSuchParam(stray, names);
  const values = new Map([...params].map(([name, { value }]) => [name, Object.hasOwn(set, name) ? set[name] : value]));
  return { values, missing: (name) => `There is no parameter ${name}. ${spelled(name, names, 'There are')}` };
}
