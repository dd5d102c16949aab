/** The type of an answer: a text, or what its schema says. */
export type AnswerOf<S> = [S] extends [never]
  ? string
  : S extends { readonly _zod: { readonly output: infer Output } }
    ? Output
    : OfSchema<S>;

/** As `typeOfSchema` keeps it: what a schema leaves open is JSON text, and what is not required may be null. */
type OfSchema<S> = string extends keyof S
  ? unknown
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly type: infer T }
      ? OfType<S, T>
      : string;

type OfType<S, T> = T extends 'number' | 'integer'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends 'array'
      ? (S extends { readonly items: infer Items } ? OfSchema<Items> : string)[]
      : T extends 'object'
        ? S extends { readonly properties: infer Properties }
          ? Fields<Properties, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
          : string
        : string extends T
          ? unknown
          : string;

type Fields<P, Required> = {
  readonly [K in keyof P]: OfSchema<P[K]> | (K extends Required ? never : null);
};
