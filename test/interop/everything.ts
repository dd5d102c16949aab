import type { Columns, Type } from '../../packages/core/src/columns/index.js';

const day = (text: string) => new Date(`${text}T00:00:00Z`);

/** A column of every type, with a null, and each value as it is read back. */
const ALL: { readonly [name: string]: readonly [type: Type, values: readonly unknown[]] } = {
  bool: ['bool', [true, false, null]],
  int8: ['int8', [-128, 127, null]],
  int16: ['int16', [-32_768, 32_767, null]],
  int32: ['int32', [-2_147_483_648, 2_147_483_647, null]],
  int64: ['int64', [-(2n ** 63n), 2n ** 63n - 1n, null]],
  uint8: ['uint8', [0, 255, null]],
  uint16: ['uint16', [0, 65_535, null]],
  uint32: ['uint32', [0, 4_294_967_295, null]],
  uint64: ['uint64', [0n, 2n ** 64n - 1n, null]],
  float16: ['float16', [0.5, -65_504, null]],
  float32: ['float32', [Math.fround(0.1), -1.5, null]],
  float64: ['float64', [0.1, -1e300, null]],
  text: ['text', ['', 'grüße 😀\n"quoted", a,b', null]],
  binary: ['binary', [Uint8Array.of(0, 255), new Uint8Array(0), null]],
  date: ['date', [day('2024-02-29'), day('1969-12-31'), null]],
  seconds: [{ timestamp: 's' }, [new Date('2024-02-29T12:34:56Z'), new Date(-1000), null]],
  millis: [{ timestamp: 'ms', zone: 'UTC' }, [new Date('2024-02-29T12:34:56.789Z'), new Date(-1), null]],
  micros: [{ timestamp: 'us' }, [1_709_210_096_789_123n, -1n, null]],
  nanos: [{ timestamp: 'ns', zone: 'Europe/Berlin' }, [1_709_210_096_789_123_456n, -1n, null]],
  decimal: [{ decimal: [20, 3] }, ['12345678901234567.125', '-0.001', null]],
  numbers: [{ list: 'float32' }, [Float32Array.of(1.5, -2), new Float32Array(0), null]],
  texts: [{ list: 'text' }, [['a', null, ''], [], null]],
  lists: [{ list: { list: 'int32' } }, [[Int32Array.of(1, 2), new Int32Array(0)], [], null]],
  pair: [{ fixed: 'int32', size: 2 }, [Int32Array.of(1, 2), Int32Array.of(3, 4), null]],
  tensor: [
    { tensor: 'float32', shape: [2, 3] },
    [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(0, -1, 2, -3, 4, -5), null],
  ],
  struct: [
    { struct: { a: 'text', b: { list: 'int64' } } },
    [{ a: 'x', b: BigInt64Array.of(1n) }, { a: null, b: null }, null],
  ],
  map: [
    { map: ['text', 'float64'] },
    [
      new Map([
        ['a', 1.5],
        ['b', null],
      ]),
      new Map(),
      null,
    ],
  ],
  nothing: ['null', [null, null, null]],
};

export const columns: Columns = Object.fromEntries(Object.entries(ALL).map(([name, [type]]) => [name, type]));
export const names = Object.keys(columns);
export const rows = [0, 1, 2].map((row) => Object.fromEntries(names.map((name) => [name, ALL[name]![1][row]])));
export const valuesOf = (name: string): readonly unknown[] => ALL[name]![1];
