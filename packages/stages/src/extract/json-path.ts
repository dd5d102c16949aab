import { type Extracted, type Kind, type Match, nothing, picked } from './extracted.js';

export interface JsonPathExtraction {
  readonly kind: 'jsonPath';
  readonly path: string;
  readonly match: Match;
}

/** JSONPath as RFC 9535 has it. */
export const jsonPath = (path: string, { match = 'first' }: { readonly match?: Match } = {}): JsonPathExtraction =>
  Object.freeze({ kind: 'jsonPath', path, match });

/** Reads a text that is JSON as a whole, or a value that an earlier stage has parsed. */
export const jsonPathKind: Kind<JsonPathExtraction, unknown> = {
  version: 1,
  reads: 'any',
  open: async ({ path, match }) => {
    const query = await compiled(path);
    return (input: unknown): Extracted => {
      const document = typeof input === 'string' ? parsed(input) : { value: input };
      if ('reason' in document) return document;
      return found(() => query.query(document.value as never).values(), match);
    };
  },
};

async function compiled(path: string) {
  const { compile } = await import('json-p3');
  try {
    return compile(path);
  } catch (error) {
    throw new Error(
      `The path of extract's jsonPath can't be read: ${(error as Error).message}. Correct "${path}" (RFC 9535, e.g. $.items[0].name).`,
    );
  }
}

function parsed(text: string): Extracted {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return nothing('not-json', (error as Error).message);
  }
}

/** A document nested deeper than the query may follow is bad content. */
function found(values: () => readonly unknown[], match: Match): Extracted {
  try {
    return picked(values(), match);
  } catch (error) {
    return nothing('unreadable', (error as Error).message);
  }
}
