import { type Metric, metric, totals } from './metric.js';
import { textOf } from './texts.js';

/** `macro`: the mean over all labels that occur; `micro`: over all rows; `weighted`: by how often a label is wanted; or one label. */
export type Average = 'macro' | 'micro' | 'weighted' | { readonly label: string };
export interface LabelConfig {
  readonly average?: Average;
}

interface Cell {
  readonly hit: number;
  /** predicted, but wrong */
  readonly wrong: number;
  /** wanted, but missed */
  readonly missed: number;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const MEASURES = {
  precision: ({ hit, wrong }: Cell) => ratio(hit, hit + wrong),
  recall: ({ hit, missed }: Cell) => ratio(hit, hit + missed),
  f1: ({ hit, wrong, missed }: Cell) => ratio(2 * hit, 2 * hit + wrong + missed),
};

/** A label that is never predicted, or never wanted, counts 0 where its ratio has no meaning. */
export const precision = ({ average = 'macro' }: LabelConfig = {}) => labelMetric('precision', average);
export const recall = ({ average = 'macro' }: LabelConfig = {}) => labelMetric('recall', average);
export const f1 = ({ average = 'macro' }: LabelConfig = {}) => labelMetric('f1', average);
export const macroF1 = () => f1({ average: 'macro' });

/** A row says `hit:label`, or `wrong:label` of the predicted and `missed:label` of the wanted one. */
function labelMetric(measure: keyof typeof MEASURES, average: Average): Metric<Readonly<Record<string, number>>> {
  return metric({
    name: `${typeof average === 'string' ? average : average.label}_${measure}`,
    identity: { version: 1, config: { measure, average } },
    perRow: ({ prediction, reference }) => {
      const [got, wanted] = [textOf(prediction), textOf(reference)];
      if (got === null || wanted === null) return null;
      return got === wanted ? { [`hit:${got}`]: 1 } : { [`wrong:${got}`]: 1, [`missed:${wanted}`]: 1 };
    },
    fold: (statistics) => averaged(cellsOf(totals(statistics)), MEASURES[measure], average),
  });
}

function cellsOf(sums: Readonly<Record<string, number>>): Map<string, Cell> {
  const labels = new Set(Object.keys(sums).map((key) => key.slice(key.indexOf(':') + 1)));
  const count = (kind: string, label: string) => sums[`${kind}:${label}`] ?? 0;
  return new Map(
    [...labels]
      .sort()
      .map((label) => [
        label,
        { hit: count('hit', label), wrong: count('wrong', label), missed: count('missed', label) },
      ]),
  );
}

function averaged(cells: ReadonlyMap<string, Cell>, measure: (cell: Cell) => number, average: Average): number {
  const all = [...cells.values()];
  const sum = (value: (cell: Cell) => number) => all.reduce((total, cell) => total + value(cell), 0);
  if (typeof average === 'object') return measure(cells.get(average.label) ?? { hit: 0, wrong: 0, missed: 0 });
  if (average === 'macro') return sum(measure) / all.length;
  const support = ({ hit, missed }: Cell) => hit + missed;
  if (average === 'weighted') return sum((cell) => measure(cell) * support(cell)) / sum(support);
  return measure({ hit: sum((c) => c.hit), wrong: sum((c) => c.wrong), missed: sum((c) => c.missed) });
}
