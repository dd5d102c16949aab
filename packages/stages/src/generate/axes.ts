import { type Handle, refOf, type Stage } from '@millrace/core';

const axes = new WeakMap<Stage, readonly string[]>();

export const noteAxes = (table: Handle, names: readonly string[]): void => {
  axes.set(refOf(table).stage, names);
};

/** The axes that this stage fans out across. */
export const axesWithin = (stage: Stage): readonly string[] => axes.get(stage) ?? [];

/** The axes that a table was fanned out across, here or further up. */
export function axesOf(table: Handle): readonly string[] {
  for (let stage: Stage | undefined = refOf(table).stage; stage; stage = stage.inputs[0]?.ref.stage) {
    const found = axes.get(stage);
    if (found) return found;
  }
  return [];
}
