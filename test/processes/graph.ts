import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AnyHandle,
  type AnyTable,
  type CodeReader,
  type EngineOptions,
  type Folder,
  type Kind,
  type Row,
  stage,
  type TableInput,
  type Value,
} from '@millrace/core';

/** What a pipeline computes, and how it is done; only the first three and `limit` are in a key. */
export interface Shape {
  /** Numbers of the first row, and of the first that is not there any more. */
  readonly rows: readonly [from: number, to: number];
  /** Every so many rows asks something else. */
  readonly edited?: number;
  /** Of one answer. */
  readonly bytes: number;
  readonly limit?: number;
  /** Steps of the training. */
  readonly steps?: number;
  /** Another day, on which the world gives other answers to the same questions. */
  readonly day?: number;
  readonly waitMs?: number;
  /** After so many calls of a process the next ones are answered once a test lets them. */
  readonly held?: { readonly stage: 'answers' | 'model'; readonly after: number };
  readonly concurrency?: number;
  /** A file that gets a line for each call. Opened for appending, never synced, as a server's log is. */
  readonly side: string;
}

interface Asked extends EngineOptions {
  readonly shape: Shape;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const questionOf = (n: number, { edited }: Pick<Shape, 'edited'>): string =>
  edited !== undefined && n % edited === 0 ? `question ${n}, asked otherwise` : `question ${n}`;

export const questionsOf = (shape: Pick<Shape, 'rows' | 'edited'>): string[] =>
  Array.from({ length: shape.rows[1] - shape.rows[0] }, (_, i) => questionOf(shape.rows[0] + i, shape));

const answerOf = (question: string, { bytes, day = 0 }: Pick<Shape, 'bytes' | 'day'>): string =>
  digest(`${question} on day ${day}`)
    .repeat(Math.ceil(bytes / 64))
    .slice(0, bytes);

const say = ({ side }: Shape, stage: string, what: unknown): void =>
  appendFileSync(side, `${process.pid} ${stage} ${what}\n`);

/** Lets the calls go on that are held. */
export const letGo = ({ side }: Pick<Shape, 'side'>): void => writeFileSync(`${side} goes on`, '');

let called = 0;
const heldBack = async ({ held, side }: Shape, stage: string): Promise<void> => {
  if (held?.stage !== stage || ++called <= held.after) return;
  while (!existsSync(`${side} goes on`)) await pause(5);
};

type Rows<C> = Extract<Kind<C, Asked>['work'], { is: 'rows' }>;
type Whole<C> = Extract<Kind<C, Asked>['work'], { is: 'whole' }>;

const kind = <C>(name: string, work: Rows<C> | Whole<C>, nature: 'pure' | 'answered' = 'pure'): Kind<C, Asked> => ({
  name,
  version: 1,
  nature,
  work,
});

/** Functions are known by the version of their kind. */
export const codeReader: CodeReader = { read: () => ({ refused: { why: 'not found', detail: 'there is none' } }) };

const questions = (shape: Shape): AnyTable => {
  const { rows, edited } = shape;
  return stage<AnyTable, Pick<Shape, 'rows' | 'edited'>, Asked>({
    kind: kind('questions', {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      columns: () => ({ main: { n: 'int32', question: 'text', topic: 'text' } }),
      run: async ({ config }) => {
        say(shape, 'questions', 'all');
        return { main: { rows: [asked(config)] } };
      },
    }),
    config: { rows, edited },
  });
};

const asked = (shape: Pick<Shape, 'rows' | 'edited'>): Row[] =>
  questionsOf(shape).map((question, i) => {
    const n = shape.rows[0] + i;
    return { n, question, topic: `topic ${n % 7}` };
  });

/** A model elsewhere: each answer is paid for. */
const answers = (rows: AnyTable, shape: Shape): AnyTable => {
  const { waitMs = 0, concurrency = 1, bytes } = shape;
  return stage<AnyTable, { bytes: number }, Asked>({
    kind: kind(
      'answers',
      {
        is: 'rows',
        reads: () => ({ question: 'question' }),
        answers: () => ({ answer: 'text' }),
        request: ({ question }) => ({ ask: question }),
        run: async ([row], { config, beside, options }) => {
          const question = String(row?.['question']);
          say(options.shape, 'answers', question);
          if (waitMs > 0) await pause(waitMs);
          await heldBack(options.shape, 'answers');
          beside(0, { tokens: 1 });
          return [{ answer: answerOf(question, { ...config, ...options.shape }) }];
        },
      },
      'answered',
    ),
    inputs: { rows },
    config: { bytes },
    options: { shape, concurrency },
  });
};

const measured = (rows: AnyTable, shape: Shape): AnyTable =>
  stage<AnyTable, { limit: number }, Asked>({
    kind: kind('measured', {
      is: 'rows',
      reads: () => ({ answer: 'answer' }),
      answers: () => ({ hash: 'text', size: 'float64', short: 'bool' }),
      run: (given, { config, options }) =>
        given.map(({ answer }) => {
          const hash = digest(String(answer));
          say(options.shape, 'measured', hash);
          const size = Number.parseInt(hash.slice(0, 4), 16);
          return { hash, size, short: size < config.limit };
        }),
    }),
    inputs: { rows },
    config: { limit: shape.limit ?? 40_000 },
    options: { shape },
  });

const chosen = (rows: AnyTable, shape: Shape): AnyTable =>
  stage<AnyTable, object, Asked>({
    kind: kind('chosen', {
      is: 'rows',
      many: true,
      reads: () => ({ short: 'short', hash: 'hash' }),
      answers: () => ({}),
      run: (given, { options }) =>
        given.map(({ short, hash }) => {
          say(options.shape, 'chosen', hash);
          return short ? [{}] : [];
        }),
    }),
    inputs: { rows },
    options: { shape },
  });

const tableOf = (input: unknown): TableInput => input as TableInput;

const sorted = (rows: AnyTable, shape: Shape): AnyTable =>
  stage<AnyTable, object, Asked>({
    kind: kind('sorted', {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      reads: () => ['hash'],
      run: async ({ inputs, options }) => {
        const hashes = (await tableOf(inputs['rows']).all()).map(({ hash }) => String(hash));
        say(options.shape, 'sorted', hashes.length);
        const order = [...hashes.keys()].sort((a, b) => ((hashes[a] ?? '') < (hashes[b] ?? '') ? -1 : 1));
        return { main: { select: Int32Array.from(order), from: 'rows' } };
      },
    }),
    inputs: { rows },
    options: { shape },
  });

const topics = (rows: AnyTable, shape: Shape): AnyTable & { readonly summary: Value<{ rows: number }> } =>
  stage<AnyTable & { readonly summary: Value<{ rows: number }> }, object, Asked>({
    kind: kind('topics', {
      is: 'whole',
      parts: () => ({ main: 'table', summary: 'value' }),
      reads: () => ['topic', 'size'],
      unordered: true,
      columns: () => ({ main: { topic: 'text', size: 'float64' }, summary: undefined }),
      run: async ({ inputs, options }) => {
        const sizes = new Map<string, number>();
        const all = await tableOf(inputs['rows']).all();
        say(options.shape, 'topics', all.length);
        for (const { topic, size } of all) sizes.set(String(topic), (sizes.get(String(topic)) ?? 0) + Number(size));
        return {
          main: { rows: [[...sizes].map(([topic, size]) => ({ topic, size }))] },
          summary: { value: { rows: all.length } },
        };
      },
    }),
    inputs: { rows },
    options: { shape },
  });

/** A training that goes on where a killed one stopped. */
const model = (rows: AnyTable, shape: Shape): Folder =>
  stage<Folder, { steps: number }, Asked>({
    kind: kind('model', {
      is: 'whole',
      parts: () => ({ main: 'folder' }),
      reads: () => ['hash'],
      run: async ({ inputs, config, folder, options }) => {
        const all = (await tableOf(inputs['rows']).all()).map(({ hash }) => hash).join();
        const at = folder('main');
        mkdirSync(join(at, 'steps'), { recursive: true });
        for (let step = 0; step < config.steps; step++)
          await trained(join(at, `steps/${step}.txt`), all, { step, options });
        writeFileSync(join(at, 'model.txt'), digest(all));
        return { main: { folder: at, essential: ['model.txt', 'steps/*.txt'] } };
      },
    }),
    inputs: { rows },
    config: { steps: shape.steps ?? 4 },
    options: { shape },
  });

const trained = async (
  file: string,
  all: string,
  { step, options }: { step: number; options: Asked },
): Promise<void> => {
  if (existsSync(file)) return;
  say(options.shape, 'model', step);
  await pause(2);
  await heldBack(options.shape, 'model');
  writeFileSync(`${file}.part`, digest(`${step} of ${all}`).repeat(20));
  renameSync(`${file}.part`, file);
};

const judged = (rows: AnyTable, by: Folder, shape: Shape): AnyTable =>
  stage<AnyTable, object, Asked>({
    kind: kind('judged', {
      is: 'rows',
      reads: () => ({ hash: 'hash' }),
      answers: () => ({ verdict: 'text' }),
      open: async (_, __, { inputs }) => {
        const folder = inputs['by'] as Extract<(typeof inputs)[string], { is: 'folder' }>;
        return readFileSync(join(await folder.path(), 'model.txt'), 'utf8');
      },
      run: (given, { handle, options }) =>
        given.map(({ hash }) => {
          say(options.shape, 'judged', hash);
          return { verdict: digest(`${hash} ${handle}`).slice(0, 8) };
        }),
    }),
    inputs: { rows, by },
    options: { shape },
  });

/** Source → paid answers → map → filter → whole tables and a folder → a map that reads the folder. */
export const outputsOf = (shape: Shape): Record<string, AnyHandle> => {
  const answered = answers(questions(shape), shape);
  const measures = measured(answered, shape);
  const order = sorted(chosen(measures, shape), shape);
  const byTopic = topics(measures, shape);
  const folder = model(order, shape);
  return {
    answers: answered,
    measured: measures,
    sorted: order,
    topics: byTopic,
    summary: byTopic.summary,
    model: folder,
    judged: judged(order, folder, shape),
  };
};
