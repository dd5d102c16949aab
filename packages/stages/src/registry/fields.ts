/** What a setting may be, as plain data: checked in pipeline files, published as a JSON Schema, printed as help. */
export type Field = Said &
  (
    | { readonly is: 'text'; readonly oneOf?: readonly string[] }
    | { readonly is: 'number' | 'int'; readonly min?: number; readonly above?: number; readonly max?: number }
    | { readonly is: 'flag' }
    /** A column of the first input. */
    | { readonly is: 'column' }
    /** The name of a column to be added. */
    | { readonly is: 'new column' }
    /** `./text.ts#clean` in a file, a function in TypeScript. */
    | { readonly is: 'function' }
    /** `openai/gpt-4o-mini` or an object with name, config and options. */
    | { readonly is: 'model' }
    | { readonly is: 'path' }
    /** `${env:NAME}` in a file. Options only. */
    | { readonly is: 'secret' }
    /** Any plain data. */
    | { readonly is: 'any' }
    | { readonly is: 'list'; readonly of: Field }
    | { readonly is: 'record'; readonly of: Field }
    | { readonly is: 'object'; readonly fields: Fields }
    /** The first that fits. */
    | { readonly is: 'either'; readonly of: readonly Field[] }
  );

export interface Said {
  readonly describe: string;
  readonly required?: true;
  /** What the kind fills in: for people, the kind's own parser does it. */
  readonly default?: unknown;
}

export type Fields = { readonly [name: string]: Field };

/** A column of the first input, or several in a list. */
export const columnsField = (describe: string): Field & { readonly is: 'either' } => ({
  is: 'either',
  describe,
  of: [
    { is: 'column', describe: 'A column.' },
    { is: 'list', of: { is: 'column', describe: 'A column.' }, describe: 'Columns.' },
  ],
});
