import type {
  ColumnName,
  ColumnNames,
  ColumnValues,
  FieldsOf,
  Holds,
  NewColumnName,
  Plainly,
  Setting,
  Settings,
  Shape,
  TypedSetting,
} from './setting.js';

/** Without a default and not optional, a setting must be given. */
interface Given<T> {
  readonly optional?: true;
  readonly default?: T;
}
type Need<G> = G extends { readonly optional: true }
  ? 'optional'
  : G extends { readonly default: unknown }
    ? 'default'
    : 'required';

function setting(shape: Shape, describe: string, given: Given<unknown> | object = {}): never {
  const { optional, ...rest } = given as Given<unknown>;
  const isRequired = !optional && rest.default === undefined;
  return Object.freeze({ ...shape, describe, ...rest, ...(isRequired && { required: true }) }) as never;
}

export const text = <const G extends Given<string> = object>(
  describe: string,
  given?: G,
): TypedSetting<Plainly<string>, Need<G>> => setting({ is: 'text' }, describe, given);

/** A text that is not empty. */
export const name = <const G extends Given<string> = object>(
  describe: string,
  given?: G,
): TypedSetting<Plainly<string>, Need<G>> => setting({ is: 'name' }, describe, given);

export const oneOf = <const T extends string, const G extends Given<T> = object>(
  describe: string,
  values: readonly T[],
  given?: G,
): TypedSetting<Plainly<T>, Need<G>> => setting({ is: 'text', oneOf: values }, describe, given);

interface Range {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}

/** A whole number. */
export const int = <const G extends Range & Given<number> = object>(
  describe: string,
  given: G = {} as G,
): TypedSetting<Plainly<number>, Need<G>> => setting({ is: 'int' }, describe, given);

export const number = <const G extends Range & Given<number> = object>(
  describe: string,
  given: G = {} as G,
): TypedSetting<Plainly<number>, Need<G>> => setting({ is: 'number' }, describe, given);

export const flag = <const G extends Given<boolean> = object>(
  describe: string,
  given?: G,
): TypedSetting<Plainly<boolean>, Need<G>> => setting({ is: 'flag' }, describe, given);

/** The name of a column of the first input. `holds`: what its values must be. */
export const column = <const G extends Given<string> & { readonly holds?: ColumnValues } = object>(
  describe: string,
  { holds: _, ...given }: G = {} as G,
): TypedSetting<ColumnName<HeldBy<G>>, Need<G>> => setting({ is: 'column' }, describe, given);

type HeldBy<G> = G extends { readonly holds: infer W extends ColumnValues } ? W : never;

/** What a column must hold; `called`: how a sentence names it. */
export const holding =
  <V>() =>
  <const N extends string>(called: N): { readonly values: V; readonly called: N } =>
    ({ called }) as { readonly values: V; readonly called: N };

/** A column, or several in a list. */
export const columns = <const G extends Given<readonly string[]> = object>(
  describe: string,
  given?: G,
): TypedSetting<ColumnNames, Need<G>> => setting({ is: 'columns' }, describe, given);

type Named<G> = G extends { readonly default: infer D extends string } ? D : never;

/** The name of a column that is added, of values of type `V`; it may be that of the column that the setting `X` names. */
export const newColumn =
  <V, X extends string = never>() =>
  <const G extends Given<string> = object>(
    describe: string,
    given?: G,
  ): TypedSetting<NewColumnName<V, Named<G>, X>, Need<G>> =>
    setting({ is: 'new column' }, describe, given);

export const list = <V, const G extends Given<readonly unknown[]> = object>(
  describe: string,
  of: TypedSetting<Plainly<V>>,
  given?: G,
): TypedSetting<Plainly<readonly V[]>, Need<G>> => setting({ is: 'list', of }, describe, given);

export const record = <V, const G extends Given<Readonly<Record<string, unknown>>> = object>(
  describe: string,
  of: TypedSetting<Plainly<V>>,
  given?: G,
): TypedSetting<Plainly<Readonly<Record<string, V>>>, Need<G>> => setting({ is: 'record', of }, describe, given);

/** The first that fits. */
export const either = <const S extends readonly Setting[], const G extends Given<unknown> = object>(
  describe: string,
  of: S,
  given?: G,
): TypedSetting<Holds<S[number]>, Need<G>> => setting({ is: 'either', of }, describe, given);

/** Any plain data of a type that only TypeScript checks. */
export const any =
  <T>() =>
  <const G extends Given<T> = object>(describe: string, given?: G): TypedSetting<Plainly<T>, Need<G>> =>
    setting({ is: 'any' }, describe, given);

/** Settings under one name. */
export const object = <const S extends Settings, const G extends Given<object> = object>(
  describe: string,
  fields: S,
  given?: G,
): TypedSetting<FieldsOf<S>, Need<G>> => setting({ is: 'object', fields }, describe, given);

/** A number of rows, or a share of them. */
export const share = <const G extends Given<number | `${number}%`> = object>(
  describe: string,
  given?: G,
): TypedSetting<Plainly<number | `${number}%`>, Need<G>> => setting({ is: 'share' }, describe, given);
