import { type Extracted, type Kind, nothing } from './extracted.js';

export interface ChoiceExtraction {
  readonly kind: 'choice';
  readonly labels: readonly { readonly label: string; readonly names: readonly string[] }[];
  /** which label counts when several are named; `only` refuses to guess */
  readonly match: 'only' | 'first' | 'last';
}

/** `choice(['spam', 'ham'])`, or with other names a label goes by: `choice({ positive: ['good', 'yes'], negative: ['bad'] })`. */
export function choice(
  labels: readonly string[] | Readonly<Record<string, readonly string[]>>,
  { match = 'only' }: { readonly match?: ChoiceExtraction['match'] } = {},
): ChoiceExtraction {
  const entries = Array.isArray(labels)
    ? (labels as readonly string[]).map((label) => ({ label, names: [label] }))
    : Object.entries(labels).map(([label, names]) => ({ label, names: [label, ...names] }));
  refuseShared(entries);
  return Object.freeze({ kind: 'choice', labels: entries, match });
}

function refuseShared(labels: ChoiceExtraction['labels']): void {
  const owner = new Map<string, string>();
  for (const { label, name } of labels.flatMap((one) => one.names.map((name) => ({ label: one.label, name })))) {
    const other = owner.get(folded(name));
    if (other !== undefined && other !== label) {
      throw new Error(
        `extract's choice can't tell "${other}" from "${label}": both go by "${name}". Give each its own names.`,
      );
    }
    owner.set(folded(name), label);
  }
}

/** Case, width and runs of spaces don't count. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Labels are found as whole words, the longest first: in "not spam" the label "not spam" wins over "spam". */
export const choiceKind: Kind<ChoiceExtraction> = {
  version: 1,
  reads: 'text',
  open: async ({ labels, match }) => {
    const byName = new Map(labels.flatMap(({ label, names }) => names.map((name) => [folded(name), label] as const)));
    const pattern = namesPattern([...byName.keys()]);
    return (text: string): Extracted => {
      const found = Array.from(folded(text).matchAll(pattern), ([name]) => byName.get(name)!);
      const distinct = [...new Set(found)];
      if (found.length === 0) return nothing('no-match');
      if (match === 'only' && distinct.length > 1) return nothing('several-labels', distinct.join(', '));
      return { value: match === 'last' ? found.at(-1)! : found[0]! };
    };
  },
};

function namesPattern(names: readonly string[]): RegExp {
  const longestFirst = [...names].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return new RegExp(longestFirst.map(asWord).join('|') || '(?!)', 'gu');
}

const WORD = '[\\p{L}\\p{M}\\p{N}_]';

function asWord(name: string): string {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const starts = new RegExp(`^${WORD}`, 'u').test(name) ? `(?<!${WORD})` : '';
  const ends = new RegExp(`${WORD}$`, 'u').test(name) ? `(?!${WORD})` : '';
  return starts + escaped + ends;
}
