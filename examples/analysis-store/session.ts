import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/** What decides the numbers of a model module: plain data, and in the key. */
export interface Module {
  readonly name: string;
  readonly width: number;
  readonly seed: number;
}

export interface Handles {
  readonly device: 'cpu' | 'gpu';
  readonly log: string;
}

export const VOCABULARY = 50257;

/** A session as analysis code has them: an id, a device, a logger, weights in memory. Nothing of it is in a key. */
export class Session {
  readonly id = randomUUID();
  readonly #weights = new Map<string, Float32Array>();

  constructor(readonly handles: Handles) {}

  weights(module: Module): Float32Array {
    const known = this.#weights.get(module.name) ?? drawn(module);
    this.#weights.set(module.name, known);
    return known;
  }

  log(text: string): void {
    appendFileSync(this.handles.log, `${this.id} on ${this.handles.device}: ${text}\n`);
  }
}

/** Stands for loading a checkpoint: one row of weights for each token. */
function drawn({ width, seed }: Module): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: VOCABULARY * width }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** For each of two tokens, how likely each token of the vocabulary comes next. */
export function logitsOf(weights: Float32Array, tokens: BigInt64Array, { width }: Module): Float32Array {
  const logits = new Float32Array(tokens.length * VOCABULARY);
  for (const [at, token] of tokens.entries())
    for (let next = 0; next < VOCABULARY; next++) {
      let sum = 0;
      for (let i = 0; i < width; i++)
        sum += (weights[Number(token) * width + i] as number) * (weights[next * width + i] as number);
      logits[at * VOCABULARY + next] = sum;
    }
  return logits;
}
