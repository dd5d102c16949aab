import { type Extracted, type Kind, type Match, nothing, picked } from './extracted.js';

export interface NumberExtraction {
  readonly kind: 'number';
  readonly decimal: '.' | ',';
  /** between groups of exactly three digits; a space is also a no-break or a narrow one */
  readonly thousands: ',' | '.' | ' ' | "'" | '_' | 'none';
  readonly match: Match;
}

export function number({
  decimal = '.',
  thousands = decimal === '.' ? ',' : '.',
  match = 'first',
}: Partial<Omit<NumberExtraction, 'kind'>> = {}): NumberExtraction {
  if (decimal === thousands) {
    throw new Error(
      `extract's number can't read "${decimal}" as decimal and thousands sign at once. Change one of them.`,
    );
  }
  return Object.freeze({ kind: 'number', decimal, thousands, match });
}

const SPACES = '[ \\u00a0\\u202f]';

/**
 * Numbers as the config writes them, wherever the host stands. A number that fits the config only in part ("3,14" where
 * the comma groups thousands, "1.2.3") is ambiguous and never guessed. Digits right behind a letter (v2) are a name.
 */
export const numberKind: Kind<NumberExtraction> = {
  version: 1,
  reads: 'text',
  open: async (config) => {
    const candidates = candidatePattern(config);
    const strict = strictPattern(config);
    return (text: string): Extracted => {
      const found = Array.from(text.matchAll(candidates), (match) => match.groups!);
      const chosen = config.match === 'all' ? found : found.slice(...(config.match === 'first' ? [0, 1] : [-1]));
      const bad = chosen.find(({ body }) => !strict.test(body!));
      if (bad) return nothing('ambiguous', bad.body!);
      const values = chosen.map((groups) => sized(groups, config));
      return values.every(Number.isFinite) ? picked(values, config.match) : nothing('ambiguous', 'out of range');
    };
  },
};

/** Digits with any separators that stand between digits; which of them are meant is checked after. */
function candidatePattern({ thousands }: NumberExtraction): RegExp {
  const spaced = thousands === ' ' ? `|${SPACES}\\d{3}(?!\\d)` : '';
  const body = `(?<body>(?:\\d+(?:[.,'’_]\\d+${spaced})*|[.,]\\d+))`;
  return new RegExp(
    `(?<![\\p{L}\\p{N}_])(?<sign>(?<![)\\]])[-+−])?\\p{Sc}?(?<![\\p{L}\\p{N}_]|\\d[.,])${body}(?<power>[eE][-+]?\\d+)?`,
    'gu',
  );
}

const SEPARATOR = { ',': ',', '.': '\\.', ' ': SPACES, "'": "['’]", _: '_' } as const;

function strictPattern({ decimal, thousands }: NumberExtraction): RegExp {
  const fraction = `${SEPARATOR[decimal]}\\d+`;
  const grouped = thousands === 'none' ? '' : `|\\d{1,3}(?:${SEPARATOR[thousands]}\\d{3})+`;
  return new RegExp(`^(?:(?:\\d+${grouped})(?:${fraction})?|${fraction})$`);
}

function sized({ sign, body, power }: Record<string, string | undefined>, { decimal }: NumberExtraction): number {
  const [whole, fraction = ''] = body!.split(decimal);
  const digits = `${whole!.replace(/\D/g, '') || '0'}.${fraction || '0'}${power ?? ''}`;
  const size = Number(digits);
  return sign === '-' || sign === '−' ? 0 - size : size;
}
