import { type Metric, type MissingSetting, metric, totals } from './metric.js';
import { textOf } from './texts.js';

/** `macro`: the mean over all labels that occur; `micro`: over all rows; `weighted`: by how often a label is wanted; or one label. */
export type Average = 'macro' | 'micro' | 'weighted' | { readonly label: string };
export interface LabelConfig extends MissingSetting {
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
export const precision = (config?: LabelConfig) => labelMetric('precision', config);
export const recall = (config?: LabelConfig) => labelMetric('recall', config);
export const f1 = (config?: LabelConfig) => labelMetric('f1', config);
export const macroF1 = (setting?: MissingSetting) => f1({ ...setting, average: 'macro' });

type LabelCounts = Readonly<Record<string, number>>;

/** A row says `hit:label`, or `wrong:label` of the predicted and `missed:label` of the wanted one; `none` where nothing is predicted. */
function labelMetric(
  measure: keyof typeof MEASURES,
  { average = 'macro', ...setting }: LabelConfig = {},
): Metric<LabelCounts> {
  return metric<LabelCounts>(
    {
      name: `${typeof average === 'string' ? average : average.label}_${measure}`,
      identity: { version: 1, config: { measure, average } },
      perRow: ({ prediction, reference }) => {
        const [got, wanted] = [textOf(prediction), textOf(reference)];
        if (got === null || wanted === null) return null;
        return got === wanted ? { [`hit:${got}`]: 1 } : { [`wrong:${got}`]: 1, [`missed:${wanted}`]: 1 };
      },
      missing: ({ reference }) => {
        const wanted = textOf(reference);
        return wanted === null ? null : { [NONE]: 1, [`missed:${wanted}`]: 1 };
      },
      fold: (statistics) => {
        const sums = totals(statistics);
        return averaged({ cells: cellsOf(sums), none: sums[NONE] ?? 0 }, MEASURES[measure], average);
      },
    },
    setting,
  );
}

const NONE = 'none';

function cellsOf(sums: LabelCounts): Map<string, Cell> {
  const keys = Object.keys(sums).filter((key) => key !== NONE);
  const labels = new Set(keys.map((key) => key.slice(key.indexOf(':') + 1)));
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

interface Counted {
  readonly cells: ReadonlyMap<string, Cell>;
  /** rows without a predicted label: no label's wrong ones, but wrong */
  readonly none: number;
}

function averaged({ cells, none }: Counted, measure: (cell: Cell) => number, average: Average): number {
  const all = [...cells.values()];
  const sum = (value: (cell: Cell) => number) => all.reduce((total, cell) => total + value(cell), 0);
  if (typeof average === 'object') return measure(cells.get(average.label) ?? { hit: 0, wrong: 0, missed: 0 });
  if (average === 'macro') return sum(measure) / all.length;
  const support = ({ hit, missed }: Cell) => hit + missed;
  if (average === 'weighted') return sum((cell) => measure(cell) * support(cell)) / sum(support);
  return measure({ hit: sum((c) => c.hit), wrong: none + sum((c) => c.wrong), missed: sum((c) => c.missed) });
}
