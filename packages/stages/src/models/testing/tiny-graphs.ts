import { tokenOfByte, VOCABULARY as V } from './byte-tokenizer.js';
import { floats, type Graph, ints, node, port, type Tensor } from './onnx.js';
import { draws } from './tiny-random.js';

const EMBEDDING = 16;
const WIDTHS = [3, 5];
const FEATURES = 128;
export const ENCODER_SIZE = FEATURES * WIDTHS.length;

type Tensors = Readonly<Record<string, Tensor>>;

/** Random Fourier features of byte n-grams: bytes → convolutions of 3 and 5 → cosines. */
function encoder(): { nodes: readonly Buffer[]; constants: Tensors } {
  const { gauss, uniform } = draws(12345);
  const table = floats(
    [V, EMBEDDING],
    Array.from({ length: V * EMBEDDING }, (_, i) => gauss() * Number(i >= 4 * EMBEDDING)),
  );
  const filters = WIDTHS.map((k) => ({
    [`W${k}`]: floats(
      [FEATURES, EMBEDDING, k],
      Array.from({ length: FEATURES * EMBEDDING * k }, () => 0.6 * gauss()),
    ),
    [`b${k}`]: floats(
      [FEATURES],
      Array.from({ length: FEATURES }, () => 2 * Math.PI * uniform()),
    ),
  }));
  const convolution = (k: number) => [
    node('Conv', [['bytes', `W${k}`, `b${k}`], `c${k}`], { kernel_shape: [k], pads: [(k - 1) / 2, (k - 1) / 2] }),
    node('Cos', [`c${k}`, `f${k}`]),
  ];
  return {
    constants: Object.assign({ table, last: ints(-1) }, ...filters) as Tensors,
    nodes: [
      node('Cast', ['attention_mask', 'seen'], { to: 1 }),
      node('Unsqueeze', [['seen', 'last'], 'mask']),
      node('Gather', [['table', 'input_ids'], 'looked-up']),
      node('Mul', [['looked-up', 'mask'], 'masked']),
      node('Transpose', ['masked', 'bytes'], { perm: [0, 2, 1] }),
      ...WIDTHS.flatMap(convolution),
      node('Concat', [WIDTHS.map((k) => `f${k}`), 'features'], { axis: 1 }),
    ],
  };
}

const tokens = (...names: readonly string[]): readonly Buffer[] =>
  names.map((name) => port(name, 'int64', ['batch_size', 'sequence_length']));

/** A vector for each token; their mean is a soft kernel of byte n-grams. */
export function embedGraph(): Graph {
  const { nodes, constants } = encoder();
  return {
    nodes: [...nodes, node('Transpose', ['features', 'last_hidden_state'], { perm: [0, 2, 1] })],
    constants,
    inputs: tokens('input_ids', 'attention_mask'),
    outputs: [port('last_hidden_state', 'float32', ['batch_size', 'sequence_length', ENCODER_SIZE])],
  };
}

/** Premise and hypothesis entail each other as much as their vectors point the same way. */
export function nliGraph(): Graph {
  const { nodes, constants } = encoder();
  const segment = (name: string, mask: string) => [
    node('Mul', [['hidden', mask], `${name}-tokens`]),
    node('ReduceSum', [[`${name}-tokens`, 'along'], `${name}-sum`], { keepdims: 0 }),
    node('ReduceL2', [`${name}-sum`, `${name}-length`], { axes: [1], keepdims: 1 }),
    node('Div', [[`${name}-sum`, `${name}-length`], name]),
  ];
  return {
    nodes: [
      ...nodes,
      node('Transpose', ['features', 'hidden'], { perm: [0, 2, 1] }),
      node('Cast', ['token_type_ids', 'segment'], { to: 1 }),
      node('Unsqueeze', [['segment', 'last'], 'second']),
      node('Mul', [['second', 'mask'], 'mask-b']),
      node('Sub', [['mask', 'mask-b'], 'mask-a']),
      ...segment('a', 'mask-a'),
      ...segment('b', 'mask-b'),
      node('Mul', [['a', 'b'], 'products']),
      node('ReduceSum', [['products', 'along'], 'cosine'], { keepdims: 1 }),
      node('Mul', [['cosine', 'scale'], 'logits']),
    ],
    constants: { ...constants, along: ints(1), scale: floats([1, 3], [-10, 0, 10]) },
    inputs: tokens('input_ids', 'attention_mask', 'token_type_ids'),
    outputs: [port('logits', 'float32', ['batch_size', 3])],
  };
}

const CONTEXT = 6;
const CODE = 64;
const PRIOR =
  'the answer is a small set of words and the result of the pipeline. a stage takes a value and gives a value. ';

// A random signed code for each byte at each distance; nearer bytes weigh more.
function contextFilter(): Tensor {
  const { uniform } = draws(777);
  const data = new Float64Array(CODE * V * CONTEXT);
  for (let k = 0; k < CONTEXT; k++) {
    const weight = 1 / (1 + 0.35 * (CONTEXT - 1 - k)) / Math.sqrt(CODE);
    for (let v = 4; v < V; v++)
      for (let d = 0; d < CODE; d++) data[(d * V + v) * CONTEXT + k] = uniform() < 0.5 ? -weight : weight;
  }
  return floats([CODE, V, CONTEXT], data);
}

function bigrams(): Tensor {
  const data = new Float64Array(V * V);
  const text = Buffer.from(PRIOR.repeat(2));
  for (let i = 0; i + 1 < text.length; i++) {
    const at = tokenOfByte(text[i]!) * V + tokenOfByte(text[i + 1]!);
    data[at] = data[at]! + 0.05;
  }
  return floats([V, V], data);
}

const identity = (): Tensor =>
  floats(
    [V, V],
    Array.from({ length: V * V }, (_, i) => Number(i % (V + 1) === 0 && i >= 4 * (V + 1))),
  );

/** One induction head with a cache: looks up where the last six bytes stood before, and says what followed there. */
export function lmGraph(): Graph {
  const past = (name: string, length: string) => port(name, 'float32', ['batch_size', 1, length, V]);
  return {
    nodes: [
      node('Gather', [['identity', 'input_ids'], 'new']),
      node('Unsqueeze', [['new', 'one'], 'new-head']),
      node('Concat', [['past_key_values.0.value', 'new-head'], 'present.0.value'], { axis: 2 }),
      node('Squeeze', [['present.0.value', 'one'], 'all']),
      node('Transpose', ['all', 'by-byte'], { perm: [0, 2, 1] }),
      // One place longer than the text: place j holds the code of the bytes before j.
      node('Conv', [['by-byte', 'filter'], 'contexts'], { kernel_shape: [CONTEXT], pads: [CONTEXT, 0] }),
      node('Shape', ['all', 'shape']),
      node('Gather', [['shape', 'one'], 'length'], { axis: 0 }),
      node('Slice', [['contexts', 'zero', 'length', 'two'], 'keys']),
      node('Transpose', ['contexts', 'queries'], { perm: [0, 2, 1] }),
      node('Slice', [['queries', 'minus-one', 'end', 'one'], 'query']),
      node('MatMul', [['query', 'keys'], 'likeness']),
      node('Mul', [['likeness', 'sharpness'], 'scores']),
      node('Cast', ['attention_mask', 'seen'], { to: 1 }),
      node('Sub', [['seen', 'float-one'], 'unseen']),
      node('Mul', [['unseen', 'huge'], 'hidden']),
      node('Unsqueeze', [['hidden', 'one'], 'hidden-row']),
      node('Add', [['scores', 'hidden-row'], 'masked']),
      node('Softmax', ['masked', 'attention'], { axis: -1 }),
      node('MatMul', [['attention', 'all'], 'followers']),
      node('Mul', [['followers', 'loudness'], 'copied']),
      node('Slice', [['input_ids', 'minus-one', 'end', 'one'], 'last-byte']),
      node('Gather', [['bigrams', 'last-byte'], 'prior']),
      node('Add', [['copied', 'prior'], 'logits']),
    ],
    constants: {
      identity: identity(),
      filter: contextFilter(),
      bigrams: bigrams(),
      zero: ints(0),
      one: ints(1),
      two: ints(2),
      'minus-one': ints(-1),
      end: ints(2 ** 30),
      sharpness: floats([1], [6]),
      'float-one': floats([1], [1]),
      huge: floats([1], [1e9]),
      loudness: floats([1], [10]),
    },
    inputs: [
      port('input_ids', 'int64', ['batch_size', 'sequence_length']),
      port('attention_mask', 'int64', ['batch_size', 'total']),
      past('past_key_values.0.value', 'past'),
    ],
    outputs: [port('logits', 'float32', ['batch_size', 'last', V]), past('present.0.value', 'total')],
  };
}
