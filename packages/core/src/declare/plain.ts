/** Strict JSON, nothing else: what is hashed, kept with an entry, and compared by `why`. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };
