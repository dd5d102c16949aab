// A graph of many small stages, with nothing to do: `node bench/graph.mjs`. Medians of five, in process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@millrace/arrow-store';
import { createPipeline, stage } from '@millrace/core';

const code = { read: () => ({ refused: { why: 'not found', detail: 'no functions here' } }) };
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const kind = {
  name: 'small',
  version: 1,
  nature: 'pure',
  work: { is: 'whole', parts: () => ({ main: 'value' }), run: async ({ config }) => ({ main: { value: config.n } }) },
};

/** As one chain, or as a thousand short ones. */
function graph(stages, chain) {
  const made = [];
  for (let n = 0; n < stages; n++) {
    const above = chain ? made[n - 1] : n >= 1000 ? made[n - 1000] : undefined;
    made.push(stage({ kind, config: { n }, ...(above && { inputs: { above } }) }));
  }
  return Object.fromEntries(made.slice(chain ? -1 : -1000).map((handle, i) => [`out${i}`, handle]));
}

async function fresh(stages, chain) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const store = openStore(folder, { durable: false });
    const pipeline = createPipeline(graph(stages, chain), () => ({ store, code, base: folder }));
    await pipeline.run({ stages: 64 });
    const times = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      await pipeline.run();
      times.push(performance.now() - started);
    }
    await store.close();
    return median(times);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const chain of [false, true]) {
  const small = await fresh(2_000, chain);
  const large = await fresh(10_000, chain);
  console.log(
    `${chain ? 'one chain' : '1,000 chains'} of 10,000 stages, nothing to do: ${(large / 1000).toFixed(2)} s (bound: 1.5 s); ${(large / small).toFixed(1)} × the time of 2,000 (linear: 5 ×)`,
  );
}
