import type { Entry } from '@millrace/core';
import { names, read } from './disk.js';
import { safe } from './keys.js';
import { numbered } from './numbers.js';
import { unsign } from './signed.js';

/** A store of which the mark was lost has a record in the place that its fingerprint names. */
export const holdsARecord = (root: string): boolean => {
  for (const folder of keyFolders(`${root}/records`))
    for (const name of numbered(folder)) if (isRecord(`${folder}/${name}`)) return true;
  return false;
};

function* keyFolders(room: string): Iterable<string> {
  for (const shard of names(room)) for (const key of names(`${room}/${shard}`)) yield `${room}/${shard}/${key}`;
}

const isRecord = (path: string): boolean => {
  const said = unsign(read(path)?.toString('utf8') ?? '')?.is as Partial<Entry> | null | undefined;
  const [shard = '', key = ''] = path.split('/').slice(-3);
  return typeof said?.fingerprint === 'string' && safe(said.fingerprint) === key && key.startsWith(shard);
};
