import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads of this user are kept, by what they are. */
export const cacheFolder = (name: string): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace', name);
