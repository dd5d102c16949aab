import { cannot } from './abilities.js';
import type { NgramModel } from './config.js';
import { hash32 } from './hash.js';
import type { EmbedModel } from './port.js';

/**
 * Vectors of hashed character n-grams: texts that share letters lie close, meaning is not looked at. Only integers, one
 * square root and one division are used, which every machine rounds alike, so the bits are the same everywhere.
 */
export function ngramEmbed(model: NgramModel): EmbedModel {
  return {
    identity: { ...model },
    batchInvariant: true,
    async embed(texts, request, ctx) {
      cannot('test/ngram', request, ['extra']);
      ctx.signal.throwIfAborted();
      const started = performance.now();
      const vectors = texts.map((text) => ngramVector(text, request.dimensions ?? model.dimensions));
      const input = texts.reduce((sum, text) => sum + text.length, 0);
      return { vectors, usage: { input, output: 0 }, model: 'test/ngram', latencyMs: performance.now() - started };
    },
  };
}

const LONGEST = 4;

export function ngramVector(text: string, dimensions: number): Float32Array {
  const counts = new Float64Array(dimensions);
  // Upper and lower case of ASCII only: the tables of the other letters grow with Node's version.
  const padded = ` ${text.replace(/[A-Z]/g, (c) => c.toLowerCase())} `;
  for (let n = 1; n <= LONGEST; n++)
    for (let at = 0; at + n <= padded.length; at++) {
      const hash = hash32(padded, at, at + n);
      const place = (hash >>> 1) % dimensions;
      counts[place] = counts[place]! + (hash & 1 ? n : -n);
    }
  return normalised(counts);
}

function normalised(counts: Float64Array): Float32Array {
  const length = Math.sqrt(counts.reduce((sum, x) => sum + x * x, 0));
  // Signed counts can cancel out in very few dimensions; a unit vector is still promised.
  if (length === 0) return Float32Array.from(counts, (_, i) => (i === 0 ? 1 : 0));
  return Float32Array.from(counts, (x) => x / length);
}
