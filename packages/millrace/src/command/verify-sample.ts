import { temporaryStore } from '@millrace/arrow-store';
import {
  createPipeline,
  stage as declare,
  type Handle,
  type Output,
  outputsOf,
  type Row,
  reading,
  rowsOf,
  type Step,
  type TableOutput,
} from '@millrace/core';
import { rowsSource } from '@millrace/stages';
import type { Opened } from './opened.js';
import { jsonText } from './session.js';

export interface Sampled {
  readonly stage: string;
  readonly rows: number;
  readonly different: number;
  readonly example?: { readonly row: number; readonly stored: Row; readonly again: Row };
  /** What may be at fault: the functions and packages of the stage. */
  readonly suspects: readonly string[];
}

const LEAST = 1;

/** Undefined where nothing can be compared: not pure, not row by row, nothing stored, or more than one input. */
export async function sampleStage(step: Step, share: number, opened: Opened): Promise<Sampled | undefined> {
  const { node, decision } = step;
  const { kind, config } = node.stage;
  const nature = typeof kind.nature === 'function' ? kind.nature(config) : kind.nature;
  const [input] = node.inputs;
  const stored = outputsOf(decision)?.['main'];
  if (
    nature !== 'pure' ||
    kind.work.is !== 'rows' ||
    kind.work.many ||
    kind.work.repeat ||
    !input ||
    node.inputs.length > 1
  )
    return undefined;
  const above = inputOutput(step, opened);
  if (stored?.is !== 'table' || stored.failed || !above || above.rows !== stored.rows || stored.rows === 0)
    return undefined;
  const places = placesOf(stored.rows, share);
  const given = await pick(above, places, opened);
  const again = await runAgain(step, given, opened);
  const kept = await pick(stored, places, opened);
  return { stage: step.name, rows: places.length, ...compared(kept, again, places), suspects: suspectsOf(step) };
}

function inputOutput({ node }: Step, { store }: Opened): TableOutput | undefined {
  const [input] = node.inputs;
  const output: Output | undefined = input && store.entry(input.node.fingerprint)?.parts[input.part];
  return output?.is === 'table' && !output.failed ? output : undefined;
}

/** Evenly over the table: a drift in one part of it is met. */
function placesOf(rows: number, share: number): Int32Array {
  const wanted = Math.min(rows, Math.max(LEAST, Math.ceil(rows * share)));
  return Int32Array.from({ length: wanted }, (_, i) => Math.floor((i * rows) / wanted));
}

const pick = (output: TableOutput, places: Int32Array, { store }: Opened): Promise<Row[]> =>
  reading(output, store, async (reader) => rowsOf(await reader.pick(Object.keys(reader.columns), places)) as Row[]);

/** The same stage over these rows alone, in a store that knows nothing. */
async function runAgain({ node }: Step, rows: readonly Row[], opened: Opened): Promise<Row[]> {
  const { kind, config, options, site } = node.stage;
  const role = node.inputs[0]?.role as string;
  const { config: _, ...bare } = kind;
  const made = declare<Handle>({ kind: bare, inputs: { [role]: rowsSource(rows) }, config, options });
  const store = temporaryStore();
  try {
    const code = {
      read: (...asked: Parameters<typeof opened.ports.code.read>) => opened.ports.code.read(asked[0], asked[1], site),
    };
    const out = await createPipeline({ again: made as never }, () => ({ ...opened.ports, store, code })).run();
    return (await (out.again as unknown as { all(): Promise<Row[]> }).all()) as Row[];
  } finally {
    await store.close();
  }
}

function compared(
  kept: readonly Row[],
  again: readonly Row[],
  places: Int32Array,
): Pick<Sampled, 'different' | 'example'> {
  const other = kept.flatMap((row, i) => (jsonText(sorted(row)) === jsonText(sorted(again[i] ?? {})) ? [] : [i]));
  const [first] = other;
  if (first === undefined) return { different: 0 };
  return {
    different: other.length,
    example: { row: places[first] as number, stored: kept[first] as Row, again: again[first] as Row },
  };
}

const sorted = (row: Row): Row => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));

const suspectsOf = ({ node }: Step): string[] => {
  const units = Object.values(node.units).flat();
  return units.length
    ? units.map(({ name, place }) => (place ? `${name} in ${place}` : name))
    : [`the stage ${node.stage.kind.name} itself`];
};
