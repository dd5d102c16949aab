import { bytes, many } from '../render/words.js';
import { shareOf } from './amounts.js';
import { openProject, openStoreOf } from './opened.js';
import { jsonText, projectAsked, type Run, type Session } from './session.js';
import { verify, verifySample } from './verify.js';

export const command: Run = async (line, session) => {
  const share = line.text('sample');
  if (share !== undefined) return sample(shareOf(share), projectAsked(line), session);
  const opened = await openStoreOf(projectAsked(line));
  const found = await verify({ deep: line.has('deep') }, opened);
  if (session.json) session.tell({ store: opened.store.where, ...found });
  session.say([
    `${many(found.files, 'file')}, ${bytes(found.bytes)} in ${opened.store.where}`,
    ...found.damaged.map(({ object, what }) => session.paint('red', `damaged: ${object}: ${what}`)),
    ...found.foreign.map(({ path, what }) => session.paint('yellow', `left alone: ${path}: ${what}`)),
    ...(found.missing.length
      ? [
          `${many(found.missing.length, 'object')} of entries were swept or set aside; they are computed again when needed`,
        ]
      : []),
    found.damaged.length ? 'what was damaged is set aside and computed again when needed' : 'all good',
  ]);
  return found.damaged.length ? 1 : 0;
};

async function sample(share: number, asked: Parameters<typeof openProject>[0], session: Session): Promise<number> {
  const opened = await openProject(asked);
  const { stages, quarantined } = await verifySample({ share }, opened);
  if (session.json) session.tell({ stages, quarantined });
  session.say([
    ...stages.flatMap(({ stage, rows, different, example, suspects }) =>
      different === 0
        ? [`${stage}: ${many(rows, 'row')} ran again, all the same`]
        : [
            session.paint('red', `${stage}: ${different} of ${many(rows, 'row')} are different when they run again`),
            ...(example
              ? [
                  `  row ${example.row} stored ${jsonText(example.stored)}`,
                  `  row ${example.row} again  ${jsonText(example.again)}`,
                ]
              : []),
            `  suspects: ${suspects.join(', ')}`,
          ],
    ),
    ...(stages.length ? [] : ['nothing to run again: no stored stage is pure and row by row']),
    ...(quarantined.length
      ? [`set aside, with all that came of it: ${quarantined.join(', ')}; they are computed again by the next run`]
      : []),
  ]);
  return quarantined.length ? 1 : 0;
}
