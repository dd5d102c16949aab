import { type Extracted, type Kind, type Match, picked } from './extracted.js';

export interface RegexExtraction {
  readonly kind: 'regex';
  readonly source: string;
  readonly flags: string;
  /** the group whose text is the value, or the named groups that are the fields of the value */
  readonly take: number | string | readonly string[];
  readonly match: Match;
}

/**
 * The value is the group asked for; without `group`, all named groups (one column each), or the first group, or the
 * whole match. `g` and `d` say nothing here and are left out, so that they don't change the fingerprint.
 */
export function regex(
  pattern: RegExp | string,
  { group, match = 'first' }: { readonly group?: number | string; readonly match?: Match } = {},
): RegexExtraction {
  const { source, flags } = compiled(pattern);
  const take = group === undefined ? groupsOf(source, flags) : oneGroup(group, source, flags);
  return Object.freeze({ kind: 'regex', source, flags: flags.replace(/[gd]/g, ''), take, match });
}

function compiled(pattern: RegExp | string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new Error(`The pattern of extract's regex can't be used: ${(error as Error).message}. Correct "${pattern}".`);
  }
}

/** An empty alternative always matches and shows which groups there are. */
const shapeOf = (source: string, flags: string): RegExpExecArray =>
  new RegExp(`${source}|`, flags.replace(/[gy]/g, '')).exec('') as RegExpExecArray;

function oneGroup(group: number | string, source: string, flags: string): number | string {
  const shape = shapeOf(source, flags);
  const names = Object.keys(shape.groups ?? {});
  if (typeof group === 'number' ? group in shape : names.includes(group)) return group;
  throw new Error(
    `The pattern /${source}/ of extract's regex has no group ${group}: nothing would ever be found. It has ${shape.length - 1} groups${names.length ? ` (${names.join(', ')})` : ''}. Correct group, or the pattern.`,
  );
}

function groupsOf(source: string, flags: string): RegexExtraction['take'] {
  const shape = shapeOf(source, flags);
  return shape.groups ? Object.keys(shape.groups) : Math.min(1, shape.length - 1);
}

export const regexKind: Kind<RegexExtraction> = {
  version: 1,
  reads: 'text',
  open: async ({ source, flags, take, match }) => {
    const pattern = new RegExp(source, `${flags}g`);
    return (text: string): Extracted =>
      picked(
        Array.from(text.matchAll(pattern), (found) => taken(found, take)).filter((value) => value !== undefined),
        match,
      );
  },
};

function taken(found: RegExpMatchArray, take: RegexExtraction['take']): unknown {
  if (typeof take === 'number') return found[take];
  if (typeof take === 'string') return found.groups?.[take];
  return Object.fromEntries(take.map((name) => [name, found.groups?.[name] ?? null]));
}
