import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AnyHandle,
  AnyTable,
  Columns,
  EngineOptions,
  Folder,
  Inputs,
  Kind,
  Nature,
  Row,
  RowAnswer,
  Value,
} from '@millrace/core';
import type { Engine } from './engine.js';
import type { Outside } from './outside.js';
import { short, show, sideTable, typed } from './telling.js';

export interface RowStage {
  readonly from: string;
  readonly into: string;
  /** What the call sees of the config. */
  readonly with?: unknown;
  readonly code?: string;
  readonly version?: number;
  readonly batch?: number;
  readonly repeat?: number;
  /** Keyed by the request as sent, not by the values read. */
  readonly request?: boolean;
  readonly options?: EngineOptions;
}

type Answering = (text: string, key: string, inputs: Inputs) => RowAnswer | Promise<RowAnswer>;

interface RowKind {
  readonly name: string;
  readonly nature: Nature;
  readonly many?: boolean;
  readonly answers?: Columns;
  readonly side?: Readonly<Record<string, AnyHandle>>;
  readonly answer: Answering;
  /** Calls that nobody waits for go in bursts. */
  readonly atOnce?: true;
}

const sideText = async (inputs: Inputs): Promise<string> => {
  let text = '';
  for (const role of Object.keys(inputs).sort()) {
    const input = inputs[role];
    if (role === 'rows' || !input) continue;
    if (input.is === 'value') text += `${role}=${JSON.stringify(input.value)};`;
    if (input.is === 'folder') text += `${role}=${readFileSync(join(await input.path(), 'model.txt'), 'utf8')};`;
    if (input.is === 'table') text += sideTable(role, await input.all(), input.columns);
  }
  return short(text);
};

export function rowStages(engine: Engine, outside: Outside) {
  const rowStage = (input: AnyTable, c: RowStage, of: RowKind): AnyTable => {
    const answers: Columns = of.answers ?? { out: 'text' };
    const call = () => JSON.stringify([c.with ?? null, c.code ?? null, c.version ?? 1]);
    const keyOf = (text: unknown, side = '', seed?: string) =>
      `${of.name}(${call()}${side}) ${typed(c.request ? show(text) : text)}${seed ? ` @${seed.slice(0, 12)}` : ''}`;
    const kind: Kind<RowStage, EngineOptions> = {
      name: of.name,
      version: c.version ?? 1,
      nature: of.nature,
      semantic: ({ code: _, options: __, batch: ___, ...rest }) => rest,
      ...(c.code !== undefined && { code: () => ({ run: { fn: of.answer, version: c.code as string } }) }),
      work: {
        is: 'rows',
        ...(of.many && { many: true }),
        reads: ({ from }) => ({ text: from }),
        answers: () => answers,
        adds: ({ into }) =>
          Object.fromEntries(Object.keys(answers).map((name) => [name === 'out' ? into : `${into}_${name}`, name])),
        call: (config) => ({ version: c.version ?? 1, config: { with: config.with } }),
        ...(c.repeat !== undefined && { repeat: () => c.repeat as number }),
        ...(c.batch !== undefined && { batch: () => c.batch as number }),
        ...(c.request && { request: ({ text }: Row) => ({ ask: show(text) }) }),
        run: of.atOnce
          ? (rows, { inputs }) =>
              rows.map(({ text }) => {
                try {
                  return of.answer(show(text), keyOf(text), inputs) as RowAnswer;
                } catch (error) {
                  return error as Error;
                }
              })
          : async (rows, { seeds, inputs }) => {
              const side = await sideText(inputs);
              return Promise.all(
                rows.map(async ({ text }, i) => {
                  try {
                    return await of.answer(show(text), keyOf(text, side, seeds[i]), inputs);
                  } catch (error) {
                    if (rows.length === 1) throw error;
                    return error as Error;
                  }
                }),
              );
            },
      },
    };
    return engine.stage<AnyTable, RowStage, EngineOptions>({
      kind,
      inputs: { rows: input, ...of.side },
      config: c,
      options: { retries: 0, ...c.options },
    });
  };

  /** `said` is what the answer of this call is, whatever the number of times it was asked. */
  const saying =
    (said: (text: string) => RowAnswer): Answering =>
    (text, key) => {
      outside.answer(key, text);
      return said(text);
    };

  const suffix = (c: RowStage): string => JSON.stringify([c.with ?? null, c.code ?? null, c.version ?? 1]);
  const pieces = (text: string): Row[] => [...text.slice(0, text.length % 4)].map((out) => ({ out }));

  return {
    pure: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: 'pure',
        nature: 'pure',
        atOnce: true,
        answer: saying((text) => ({ out: `${text}${suffix(c)}` })),
      }),

    asked: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: c.request ? 'requested' : 'asked',
        nature: 'answered',
        answer: (text, key) => Promise.resolve({ out: `${text}${suffix(c)}#${outside.answer(key, text)}` }),
      }),

    sampled: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: 'sampled',
        nature: 'sampling',
        answer: (text, key) => ({ out: `${text}${suffix(c)}@${key.split('@').at(-1)}#${outside.answer(key, text)}` }),
      }),

    explode: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, { name: 'explode', nature: 'pure', atOnce: true, many: true, answer: saying(pieces) }),

    filter: (t: AnyTable, c: RowStage): AnyTable =>
      rowStage(t, c, {
        name: 'filter',
        nature: 'answered',
        many: true,
        answers: {},
        answer: saying((text) => (text.length % 2 ? [] : [{}])),
      }),

    judged: (t: AnyTable, c: RowStage & { threshold: Value }): AnyTable => {
      const { threshold, ...rest } = c;
      return rowStage(t, rest, {
        name: 'judged',
        nature: 'pure',
        side: { threshold },
        answer: async (text, key, inputs) => {
          outside.answer(key, text);
          return { out: `${text}${suffix(c)}${await sideText(inputs)}` };
        },
      });
    },

    tuned: (t: AnyTable, c: RowStage & { model: Folder }): AnyTable => {
      const { model, ...rest } = c;
      return rowStage(t, rest, {
        name: 'tuned',
        nature: 'answered',
        side: { model },
        answer: async (text, key, inputs) => ({
          out: `${text}${suffix(c)}${await sideText(inputs)}#${outside.answer(key, text)}`,
        }),
      });
    },

    looked: (t: AnyTable, c: RowStage & { side: AnyTable }): AnyTable => {
      const { side, ...rest } = c;
      return rowStage(t, rest, {
        name: 'looked',
        nature: 'pure',
        side: { side },
        answer: async (text, key, inputs) => {
          outside.answer(key, text);
          return { out: `${text}${suffix(c)}${await sideText(inputs)}` };
        },
      });
    },

    /** A kind of a test's own. */
    rowStage,
  };
}
