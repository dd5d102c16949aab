import { describe, expect, test } from '@jest/globals';
import { type Break, broken } from './random/broken.js';
import { campaign } from './random/campaign.js';
import type { Size } from './random/property.js';

interface Wrong extends Break {
  /** What must happen for it to show. */
  readonly only?: Size['only'];
  /** One whose first histories show it: any other does, later. */
  readonly seed?: number;
}

/** Each is wrong in one place. The histories that the real engine lives through must find every one. */
const BREAKS: Readonly<Record<string, Wrong>> = {
  'ignores the config': {
    file: 'identity/recipe.ts',
    find: '  digestConfig(recipe.config),\n',
    put: '',
  },
  'ignores the code': {
    file: 'identity/recipe.ts',
    find: '  Object.entries(recipe.code).sort(([a], [b]) => (a < b ? -1 : 1)),\n',
    put: '',
    only: ['code', 'add stage'],
    seed: 16,
  },
  'ignores what a source found outside': {
    file: 'identity/recipe.ts',
    find: '  digestConfig(recipe.world),\n',
    put: '',
    seed: 2,
  },
  'ignores what is upstream': {
    file: 'plan/decide.ts',
    find: "if (entry?.status === 'complete' && same(entry.inputs, read)) {",
    put: "if (entry?.status === 'complete') {",
    seed: 222,
  },
  'takes any inputs for the cut-off': {
    file: 'plan/decide.ts',
    find: "digestValue(['cutoff', node.identity, read])",
    put: "digestValue(['cutoff', node.identity])",
  },
  'leaves the call version out of row keys': {
    file: 'plan/decide.ts',
    find: 'kind, call.version, call.config, code, world',
    put: 'kind, call.config, code, world',
    only: ['code', 'config'],
    seed: 6,
  },
  'leaves the config out of row keys': {
    file: 'plan/decide.ts',
    find: 'kind, call.version, call.config, code, world',
    put: 'kind, call.version, code, world',
    only: ['config'],
    seed: 3,
  },
  'leaves the code out of row keys': {
    file: 'plan/decide.ts',
    find: 'code: work.request ? null : (former.code ?? node.recipe.code),',
    put: 'code: null,',
    only: ['code'],
  },
  'leaves the other inputs out of row keys': {
    file: 'plan/decide.ts',
    find: '[...roles].sort(), side]',
    put: '[...roles].sort()]',
  },
  'takes equal rows of a sampling stage for one draw': {
    file: 'execute/keys.ts',
    find: 'of.sampling ? withOccurrence(drawn, asked) : drawn',
    put: 'drawn',
    seed: 14,
  },
  'remembers failed rows': {
    file: 'execute/keep-answers.ts',
    find: 'permanent: permanent === true && everyRow !== true && log.of.noted && !work.many',
    put: 'permanent: log.of.noted && !work.many',
    only: ['fail', 'heal', 'config', 'edit row', 'column'],
  },
  'takes a table with failed rows for a hit': {
    file: 'execute/stage.ts',
    find: 'const complete = made.failed === 0;',
    put: 'const complete = true;',
    only: ['fail', 'heal', 'config', 'edit row', 'column'],
  },
  'leaves out which rows failed': {
    file: 'plan/decide.ts',
    find: "    ...(output.failed ? [['#failed', output.failedRows ?? '']] : []),\n",
    put: '',
    only: ['fail', 'heal', 'config', 'edit row', 'nothing'],
    seed: 3,
  },
  'cuts off although columns that are passed on changed': {
    file: 'plan/restack.ts',
    find: 'if (passing.map && !sameDigests',
    put: 'if (false && !sameDigests',
    only: ['add column', 'rename', 'edit row'],
    seed: 20,
  },
  'keeps the passed columns of an earlier run': {
    file: 'plan/restack.ts',
    find: 'const passing = passingOf(node, entry, part);',
    put: 'const passing = undefined as Passing | undefined;',
    seed: 18,
  },
  'mixes a forced redraw with what was known': {
    file: 'execute/memory.ts',
    find: 'const redraws = onlyRedraw === undefined ? rising : [onlyRedraw];',
    put: 'const redraws = rising;',
    seed: 54,
  },
  'lets older draws win': {
    file: 'execute/memory.ts',
    find: 'for (const redraw of redraws) for',
    put: 'for (const redraw of [...redraws].reverse()) for',
    only: ['force', 'insert row', 'into', 'kill forced'],
    seed: 10,
  },
  'brings back what was known when a forced row fails': {
    file: 'execute/keep-answers.ts',
    find: 'else if (job.run.forced) entries.forget(i);',
    put: '',
    only: ['fail', 'heal', 'force'],
    seed: 194,
  },
  'forgets the journal of a killed run': {
    file: 'execute/memory.ts',
    find: 'for (const frame of journal.frames) journaled',
    put: 'for (const frame of [] as Uint8Array[]) journaled',
    only: ['kill', 'config'],
  },
  'answers before it writes': {
    file: 'execute/answers.ts',
    find: 'const safe = this.#journal.append(packAnswered(answered));',
    put: 'const safe = undefined;',
    only: ['kill', 'kill forced', 'config'],
    seed: 4,
  },
  'reads what was swept': {
    file: 'plan/lost.ts',
    find: '  if (missing.size === 0) return [];',
    put: '  return [];',
    only: ['sweep', 'config', 'add stage'],
    seed: 3,
  },
  'asks equal rows twice': {
    file: 'execute/call-rows.ts',
    find: 'todo: calls.filter((call, i) => made[i] === call)',
    put: 'todo: calls',
  },
  'takes rows in the order in which they were answered': {
    file: 'execute/lay-rows.ts',
    find: 'places.push(first < 0 ? -1 : first + k);',
    put: 'places.push(first < 0 ? -1 : places.length);',
  },
  'has names in its keys': {
    file: 'plan/survey.ts',
    find: '    kind: stage.kind.name,\n',
    put: '    kind: stage.kind.name + name,\n',
    seed: 4,
  },
  'lets stages make the same calls at once': {
    file: 'execute/turns.ts',
    find: 'const lock = await store.lock(calls, ',
    put: 'const lock = await store.lock(node.fingerprint, ',
    seed: 5,
  },
};

describe('an engine is caught that', () => {
  test.each(Object.entries(BREAKS))('%s', async (_, { only, seed = 1, ...at }) => {
    const size = { stages: 10, events: 6, ...(only && { only }) };
    const engine = await broken(at);
    expect(await campaign(engine, { histories: 2000, size, seed, shrink: false })).toBeDefined();
  });
});
