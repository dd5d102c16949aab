import { redactValue } from '../declare/redact-values.js';
import { identityOf, type Recipe, SCHEME } from '../identity/recipe.js';
import { cutoffKey, type Decision, inputDigests, type Outputs } from '../plan/decide.js';
import { takeOver } from '../plan/former.js';
import { labelOf, rowsWork } from '../plan/node.js';
import type { ObjectId, Store, Stored } from '../ports/store.js';
import { type Made, type StageRun, StageStopped } from './context.js';
import { damageIn } from './damage.js';
import { LostTurn } from './lost-turn.js';
import { runRows } from './rows.js';
import { secondsSince } from './spending.js';
import { runWhole } from './whole.js';

export interface Ran {
  readonly made: Made;
  readonly outputs: Outputs;
}

/** Computes a stage and commits it; the record comes last, and only while the lock is still ours. */
export async function runStage(run: StageRun, held: () => boolean): Promise<Ran> {
  const untimed = await (rowsWork(run.node) ? runRows(run) : runWhole(run)).catch((error: unknown) => {
    // Who was taken for dead may find that what it was writing was swept.
    if (error instanceof StageStopped || damageIn(error) || held()) throw error;
    throw new LostTurn();
  });
  const remember = run.node.stage.options.remember !== false;
  const programs = remember ? await storeTexts(run) : [];
  if (!held()) throw new LostTurn();
  const made = timed(untimed, run);
  if (remember) commit(run, made, programs);
  const cost = { ...made.cost, seconds: secondsSince(run.started) };
  return { made: { ...made, cost }, outputs: made.parts };
}

/** Answers that were known took a time that no note has: as long for a row as an earlier run did, or as this one. */
function timed(made: Made, { started, secondsOfRow }: StageRun): Made {
  const seconds = secondsSince(started);
  const ofRow = secondsOfRow ?? (made.ranRows ? seconds / made.ranRows : 0);
  const saved = made.saved.seconds || made.saved.rows * ofRow;
  return {
    ...made,
    cost: { ...made.cost, seconds },
    worth: { ...made.worth, seconds: seconds + saved },
    saved: { ...made.saved, seconds: saved },
  };
}

/** The texts that the functions ran from: objects, which the entry holds. */
const storeTexts = async ({ functions, store }: StageRun): Promise<readonly ObjectId[]> =>
  Promise.all((await functions.texts()).map((text) => store.putBytes(Buffer.from(text))));

function commit({ node, known, store }: StageRun, made: Made, programs: readonly ObjectId[]): Stored {
  const inputs = inputDigests(node, known);
  const complete = made.failed === 0;
  return store.commit(
    {
      ...entryOf(node, programs),
      status: complete ? 'complete' : 'incomplete',
      origin: 'ran',
      inputs,
      parts: made.parts,
      ...(made.rows && { rows: made.rows }),
      ...(made.selects && { selects: made.selects }),
      cost: made.cost,
      worth: made.worth,
      facts: redactValue(made.facts),
    },
    {
      ...(complete && { cutoff: cutoffKey(node, inputs) }),
      ...(made.rows && made.redraw !== undefined && { ends: { identity: made.rows.identity, redraw: made.redraw } }),
    },
  );
}

const entryOf = (node: StageRun['node'], programs: readonly ObjectId[] = []) => ({
  scheme: SCHEME,
  fingerprint: node.fingerprint,
  recipe: node.recipe,
  label: labelOf(node),
  detail: { units: node.units, names: node.names, ...(programs.length && { programs }) },
  at: new Date().toISOString(),
});

/** Cut off: the same content under another recipe. An alias makes the next run a plain hit. */
export function commitAlias(
  { node, known, store }: Pick<StageRun, 'node' | 'known'> & { store: Store },
  { entry, outputs }: Extract<Decision, { status: 'cut off' }>,
): Stored {
  const inputs = inputDigests(node, known);
  if (identityOf(entry.recipe as Recipe) !== node.identity) takeOver(node, store);
  return store.commit(
    {
      ...entryOf(node),
      status: 'complete',
      origin: 'alias',
      inputs,
      parts: outputs,
      ...(entry.rows && { rows: entry.rows }),
      ...(entry.selects && { selects: entry.selects }),
      cost: { seconds: 0, rows: 0, calls: 0 },
      worth: entry.worth,
      facts: { ...entry.facts, aliasOf: entry.fingerprint },
    },
    { cutoff: cutoffKey(node, inputs) },
  );
}
