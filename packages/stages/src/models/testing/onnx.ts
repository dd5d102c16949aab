/** As much of ONNX's protobuf format as a hand-made graph needs. */
type Attribute = string | number | { readonly float: number } | readonly number[];
type Names = string | readonly string[];

export interface Tensor {
  readonly type: 'float32' | 'int64';
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface Graph {
  readonly nodes: readonly Buffer[];
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

const TYPES = { float32: 1, int64: 7 } as const;
const cat = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

function varint(n: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(n));
  const out: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(out);
}

const tag = (field: number, wire: number): Buffer => varint((field << 3) | wire);
const int = (field: number, n: number): Buffer => cat(tag(field, 0), varint(n));

function bytes(field: number, value: string | Buffer): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return cat(tag(field, 2), varint(content.length), content);
}

function float(field: number, x: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(x);
  return cat(tag(field, 5), content);
}

function raw({ type, data }: Tensor): Buffer {
  const size = type === 'float32' ? 4 : 8;
  const out = Buffer.alloc(data.length * size);
  for (let i = 0; i < data.length; i++) {
    if (type === 'float32') out.writeFloatLE(data[i]!, i * size);
    else out.writeBigInt64LE(BigInt(data[i]!), i * size);
  }
  return out;
}

const constant = ([name, tensor]: readonly [string, Tensor]): Buffer =>
  cat(...tensor.dims.map((d) => int(1, d)), int(2, TYPES[tensor.type]), bytes(8, name), bytes(9, raw(tensor)));

function attribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'string') return cat(bytes(1, name), bytes(4, value), int(20, 3));
  if (typeof value === 'number') return cat(bytes(1, name), int(3, value), int(20, 2));
  if ('float' in value) return cat(bytes(1, name), float(2, value.float), int(20, 1));
  return cat(bytes(1, name), ...value.map((x) => int(8, x)), int(20, 7));
}

/** One operator: `node('Add', ['a', 'b'], 'sum')`. */
export function node(
  op: string,
  [inputs, output]: readonly [Names, string],
  attributes: Readonly<Record<string, Attribute>> = {},
): Buffer {
  return cat(
    ...[inputs].flat().map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(3, `${op}_${output}`),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  );
}

/** An input or output; a dimension that varies has a name. */
export function port(name: string, type: Tensor['type'], dims: readonly (number | string)[]): Buffer {
  const shape = cat(...dims.map((d) => bytes(1, typeof d === 'number' ? int(1, d) : bytes(2, d))));
  return cat(bytes(1, name), bytes(2, bytes(1, cat(int(1, TYPES[type]), bytes(2, shape)))));
}

const OPSET = 17;

export function onnx({ nodes, constants, inputs, outputs }: Graph): Buffer {
  const graph = cat(
    ...nodes.map((x) => bytes(1, x)),
    bytes(2, 'graph'),
    ...Object.entries(constants).map((x) => bytes(5, constant(x))),
    ...inputs.map((x) => bytes(11, x)),
    ...outputs.map((x) => bytes(12, x)),
  );
  return cat(int(1, 8), bytes(2, 'tiny'), bytes(8, cat(bytes(1, ''), int(2, OPSET))), bytes(7, graph));
}

export const floats = (dims: readonly number[], data: ArrayLike<number>): Tensor => ({ type: 'float32', dims, data });
export const ints = (...data: readonly number[]): Tensor => ({ type: 'int64', dims: [data.length], data });
