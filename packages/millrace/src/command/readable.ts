import {
  DamagedError,
  DataLost,
  damageIn,
  type ObjectId,
  objectsRead,
  type Plan,
  type RunEvent,
  remake,
} from '@millrace/core';
import { Mistake } from '../mistake.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';
import { type PlannedStage, plannedStage, storedOf } from './stage-named.js';

/** How a command that reads makes lost data again. */
export interface Remaking {
  /** Whether what is asked of others, and perhaps paid, may be asked again; the plan says what that is. Default: no. */
  readonly paid?: ((plan: Plan) => Promise<boolean>) | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

export interface StoredOutput extends ReturnType<typeof storedOf> {
  readonly place: PlannedStage;
}

interface Reading {
  readonly opened: Opened;
  readonly remaking: Remaking | undefined;
}

/** Reads what is stored of a stage. What turns out to be lost of it is made again first, and then it is read from its start. */
export async function readStored<T>(
  name: string,
  { opened, remaking }: Reading,
  read: (stored: StoredOutput) => Promise<T>,
): Promise<T> {
  const seen = new Set<ObjectId>();
  for (;;) {
    const stored = await storedNow(name, opened);
    const lost = await readOrLost(stored, opened, read);
    if ('is' in lost) return lost.is;
    if (seen.has(lost.object)) throw lost.error;
    seen.add(lost.object);
    await again(name, stored, { opened, remaking });
  }
}

async function storedNow(name: string, opened: Opened): Promise<StoredOutput> {
  const place = await plannedStage(name, opened);
  return { ...storedOf(place, opened), place };
}

type Read<T> = { readonly is: T } | { readonly object: ObjectId; readonly error: Error };

/** What is missing is known before anything is read: nothing is written by halves. */
async function readOrLost<T>(
  stored: StoredOutput,
  { store }: Opened,
  read: (stored: StoredOutput) => Promise<T>,
): Promise<Read<T>> {
  const [object] = store.missing(objectsRead(stored.output, 'all'));
  if (object !== undefined)
    return { object, error: new DamagedError(object, `${object}: it was cleared, swept or lost`, 'gone') };
  try {
    return { is: await read(stored) };
  } catch (error) {
    const damage = damageIn(error);
    if (damage) return { object: damage.object, error: error as Error };
    throw error;
  }
}

async function again(
  name: string,
  { place, current, entry }: StoredOutput,
  { opened, remaking }: Reading,
): Promise<void> {
  const { graph, ports, store } = opened;
  const stage = place.step.name;
  if (!current || entry.status === 'incomplete')
    throw new Mistake(
      `Cannot read ${name}: what the store ${store.where} holds of it is lost, and a run would compute it anew anyway. Run it: ${suggested('run', stage)}.`,
    );
  try {
    await remake(graph, { names: [graph.outputs.has(name) ? name : stage], ...remaking }, ports);
  } catch (error) {
    if (!(error instanceof DataLost) || !error.asks) throw error;
    throw new Mistake(
      `Cannot read ${name}: what the store ${store.where} holds of it is lost: it was swept, cleared or damaged. To make it again asks ${error.asks}. Run it: ${suggested('run', stage)}. Or add --remake to this command.`,
    );
  }
}
