import type { Say } from './fill.js';
import type { Path } from './mistakes.js';
import { isRecord } from './record.js';

/** One setting that takes several values; each gives a stage of its own. */
export interface Axis {
  /** Tells the axes of two stages apart though both are called `model`. */
  readonly id: string;
  readonly field: string;
  readonly values: readonly { readonly label: string; readonly value: unknown }[];
}

export type Combination = ReadonlyMap<string, number>;

const MOST = 1000;

/** `matrix: { model: [a, b], prompt: { plain: …, cot: … } }` */
export function axesOf(stage: string, given: unknown, { path, say }: { path: Path; say: Say }): Axis[] {
  if (given === undefined) return [];
  if (!isRecord(given)) {
    say(path, 'A matrix is a set of fields, each with its values. Write matrix: { model: [a, b] }.');
    return [];
  }
  return Object.entries(given).flatMap(([field, values]) => {
    const list = isRecord(values)
      ? Object.entries(values)
      : Array.isArray(values)
        ? values.map((value, i) => [labelOf(value, i), value] as const)
        : [];
    const wrong = list.find(([label]) => /[,[\]]|^$/.test(label))?.[0];
    if (wrong !== undefined)
      say(
        [...path, field, wrong],
        `A value of a matrix cannot be called ${JSON.stringify(wrong)}: commas and brackets stand around labels in the names of its stages. Choose another name.`,
        'key',
      );
    if (list.length === 0) say([...path, field], `The matrix needs values of ${field}: a list, or names with values.`);
    return list.length
      ? [{ id: `${stage}.${field}`, field, values: unique(list).map(([label, value]) => ({ label, value })) }]
      : [];
  });
}

const labelOf = (value: unknown, at: number): string => {
  const name = isRecord(value) ? value['name'] : value;
  if (typeof name === 'string' && name.length <= 60 && LABEL.test(name)) return name.slice(name.lastIndexOf('/') + 1);
  return typeof name === 'number' || typeof name === 'boolean' ? String(name) : String(at + 1);
};

/** Commas and brackets stand around labels in names. */
const LABEL = /^[^\s,[\]]*[^\s,[\]/]$/;

/** Two values of one label would make two stages of one name. */
function unique(list: readonly (readonly [string, unknown])[]): (readonly [string, unknown])[] {
  const labels = new Set(list.map(([label]) => label));
  const taken = new Set<string>();
  const free = (label: string, n = 2): string => (labels.has(`${label}-${n}`) ? free(label, n + 1) : `${label}-${n}`);
  return list.map(([label, value]) => {
    const own = taken.has(label) ? free(label) : label;
    taken.add(own);
    labels.add(own);
    return [own, value] as const;
  });
}

/** Every combination of the axes' values; undefined when there are too many. */
export function combinations(axes: readonly Axis[]): Combination[] | undefined {
  if (axes.reduce((product, { values }) => product * values.length, 1) > MOST) return undefined;
  let made: Combination[] = [new Map()];
  for (const { id, values } of axes) made = made.flatMap((each) => values.map((_, i) => new Map(each).set(id, i)));
  return made;
}

/** `answers[gpt-4o-mini,cot]`. */
export function nameIn(stage: string, axes: readonly Axis[], combination: Combination): string {
  if (axes.length === 0) return stage;
  return `${stage}[${axes.map(({ id, values }) => values[combination.get(id) as number]?.label).join(',')}]`;
}
