import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import type { Said } from './merge.js';
import type { StageChange } from './overrides.js';
import { isRecord } from './record.js';

export interface Changed extends Said {
  /** First name below the stage → what set it, for messages. */
  readonly fields?: ReadonlyMap<string, string>;
}

/** `--set answers.temperature=0.2`: the stages with those fields set. */
export function changed(stages: ReadonlyMap<string, Said>, changes: readonly StageChange[]): Map<string, Changed> {
  const made = new Map<string, Changed>(stages);
  for (const { path, value, said } of changes) {
    const [name = '', ...fields] = path;
    const stage = made.get(name);
    if (!stage)
      throw new Mistake(
        `Cannot set ${said}: there is no stage ${name}. ${spelled(name, [...stages.keys()], 'There are')}`,
      );
    made.set(name, {
      ...stage,
      value: withValue(stage.value, fields, value),
      fields: new Map(stage.fields).set(JSON.stringify([fields[0]]), said),
    });
  }
  return made;
}

function withValue(given: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const record = isRecord(given) ? given : {};
  return { ...record, [name]: withValue(record[name], rest, value) };
}
