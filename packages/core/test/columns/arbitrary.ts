import fc from 'fast-check';
import { fromHalf } from '../../src/columns/half.js';
import type { TensorItem, Type } from '../../src/columns/type.js';

/** A type with values of it, each as it is read back. */
export interface Typed {
  readonly type: Type;
  readonly values: readonly unknown[];
}

type Values = fc.Arbitrary<unknown>;
interface Kind {
  readonly type: Type;
  readonly value: Values;
}

const int = (min: number, max: number) => fc.integer({ min, max });
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', 'é', '😀', 'a'.repeat(100)));
const half = int(0, 0xffff).map(fromHalf);
const day = int(-100_000, 100_000).map((days) => new Date(days * 86_400_000));
const date = fc.date({ noInvalidDate: true });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const NUMBERS: { readonly [T in TensorItem]: Values } = {
  int8: int(-128, 127),
  int16: int(-32_768, 32_767),
  int32: int(-(2 ** 31), 2 ** 31 - 1),
  int64,
  uint8: int(0, 255),
  uint16: int(0, 65_535),
  uint32: int(0, 2 ** 32 - 1),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float16: half,
  float32: fc.float(),
  float64: fc.double(),
};

const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

const decimal = ([precision, scale]: readonly [number, number]) =>
  fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }).map((value) => {
    const digits = `${value < 0n ? -value : value}`.padStart(scale + 1, '0');
    const sign = value < 0n ? '-' : '';
    return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  });

const plain: fc.Arbitrary<Kind> = fc.constantFrom<Kind>(
  { type: 'bool', value: fc.boolean() },
  { type: 'text', value: text },
  { type: 'binary', value: fc.uint8Array() },
  { type: 'date', value: day },
  { type: { timestamp: 's' }, value: int(-(10 ** 10), 10 ** 10).map((s) => new Date(s * 1000)) },
  { type: { timestamp: 'ms', zone: 'UTC' }, value: date },
  { type: { timestamp: 'us', zone: 'Europe/Berlin' }, value: int64 },
  { type: { timestamp: 'ns' }, value: int64 },
  { type: { decimal: [38, 10] }, value: decimal([38, 10]) },
  { type: { decimal: [5, 0] }, value: decimal([5, 0]) },
  ...Object.entries(NUMBERS).map(([type, value]): Kind => ({ type: type as TensorItem, value })),
);

const isNumber = (type: Type): type is TensorItem => typeof type === 'string' && type in ARRAYS;

/** As it is read back: a typed array where the items are numbers and none is null. */
function items(item: Type, values: readonly unknown[]): unknown {
  if (!isNumber(item) || values.includes(null)) return values;
  return (ARRAYS[item] as unknown as { from(values: readonly unknown[]): unknown }).from(values);
}

const nullable = (value: Values) => fc.option(value, { nil: null, freq: 5 });
const name = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 4 }) },
  fc.constantFrom('__proto__', 'constructor', '10', '9'),
);

const listOf = ({ type, value }: Kind): fc.Arbitrary<Kind> =>
  fc.constant({
    type: { list: type },
    value: fc.array(nullable(value), { maxLength: 5 }).map((all) => items(type, all)),
  });

const fixedOf = ({ type, value }: Kind): fc.Arbitrary<Kind> =>
  int(0, 4).map((size) => ({
    type: { fixed: type, size },
    value: fc.array(nullable(value), { minLength: size, maxLength: size }).map((all) => items(type, all)),
  }));

const tensor: fc.Arbitrary<Kind> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(NUMBERS) as TensorItem[])),
    fc.array(int(1, 3), { minLength: 1, maxLength: 3 }),
  )
  .map(([item, shape]) => {
    const size = shape.reduce((all, side) => all * side, 1);
    const value = fc.array(NUMBERS[item], { minLength: size, maxLength: size }).map((all) => items(item, all));
    return { type: { tensor: item, shape }, value };
  });

const structOf = (kind: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> =>
  fc.uniqueArray(fc.tuple(name, kind), { selector: ([field]) => field, minLength: 1, maxLength: 3 }).map((fields) => ({
    type: { struct: Object.fromEntries(fields.map(([field, { type }]) => [field, type])) },
    value: fc
      .tuple(...fields.map(([, { value }]) => nullable(value)))
      .map((values) => Object.fromEntries(fields.map(([field], i) => [field, values[i]] as const).sort(byName))),
  }));
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

const mapOf = ({ type, value }: Kind): fc.Arbitrary<Kind> =>
  fc.constant({
    type: { map: ['text', type] },
    value: fc.array(fc.tuple(text, nullable(value)), { maxLength: 3 }).map((entries) => new Map(entries)),
  });

const { kind } = fc.letrec<{ kind: Kind }>((tie) => ({
  kind: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    tensor,
    tie('kind').chain(listOf),
    tie('kind').chain(fixedOf),
    structOf(tie('kind')),
    tie('kind').chain(mapOf),
  ),
}));

const valuesOf = ({ type, value }: Kind): fc.Arbitrary<Typed> =>
  fc.array(nullable(value), { maxLength: 20 }).map((values) => ({ type, values }));

export const typed: fc.Arbitrary<Typed> = fc.oneof(
  { weight: 30, arbitrary: kind.chain(valuesOf) },
  { weight: 1, arbitrary: int(0, 9).map((rows): Typed => ({ type: 'null', values: new Array(rows).fill(null) })) },
);

/** The kinds one by one, so that each is met in every run. */
export const flat: fc.Arbitrary<Typed> = fc.oneof(plain, tensor).chain(valuesOf);

export const rowsOf = (length: number): fc.Arbitrary<Int32Array> =>
  fc.array(int(-1, length - 1), { maxLength: 30 }).map((rows) => Int32Array.from(rows));
