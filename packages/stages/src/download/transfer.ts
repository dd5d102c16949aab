import { remove, sizeOf } from './disk.js';
import { isRight } from './hashed.js';
import { Refused, withRetries } from './http.js';
import { aboutOf, take } from './take.js';
import type { Transfer, Wanted } from './wanted.js';

/** Downloads into `part`; what is on disk already is asked for never again. When it returns, the content is right. */
export async function transfer(file: Wanted, part: string, line: Transfer): Promise<void> {
  let wrong = 0;
  await withRetries(line, async (further) => {
    if (await isWhole(file, part)) return;
    const before = (await sizeOf(part)) ?? 0;
    try {
      await take(file, part, line);
    } catch (error) {
      if (!isPast(error)) throw error;
      // Of a size that nobody knew: all of it may be here already. What is not right is begun anew.
      if (file.check && (await isRight(file, part))) return;
      await remove(part);
      throw error;
    } finally {
      if (((await sizeOf(part)) ?? 0) > before) further();
    }
    if (await isRight(file, part)) return;
    await remove(part);
    if (++wrong > Math.min(WRONG_AT_MOST, line.retries)) throw wrongContent(file, wrong);
    throw new Refused(`What came for ${file.path} is not what its checksum says.`);
  });
}

const isPast = (error: unknown): boolean => error instanceof Refused && error.how.past === true;

const WRONG_AT_MOST = 2;

const wrongContent = ({ path, url, check }: Wanted, times: number): Refused =>
  new Refused(
    `${path} from ${new URL(url).host} has another content than its ${check?.is} ${check?.hex} says, ${times} ${times === 1 ? 'time' : 'times'}. Nothing of it was kept; try another endpoint, or correct the checksum.`,
    { final: true },
  );

async function isWhole(file: Wanted, part: string): Promise<boolean> {
  const have = await sizeOf(part);
  const bytes = file.bytes ?? (await aboutOf(part))?.total;
  if (have === undefined || bytes === undefined || have < bytes) return false;
  if (have === bytes && (await isRight(file, part))) return true;
  await remove(part);
  return false;
}
