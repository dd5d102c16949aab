import { type Handle, refOf, type Stage } from '@millrace/core';
import { axesWithin } from '../generate/axes.js';

/**
 * The columns that tell questions apart, where a question has several rows: samples, or values of an axis that names no
 * group. Undefined where each row is a question. Of several draws one above the other the uppermost counts.
 */
export function questionsOf(rows: Handle, by: readonly string[]): readonly string[] | undefined {
  const seen = new Map<Stage, readonly string[] | undefined>();
  const visit = (stage: Stage): readonly string[] | undefined => {
    if (!seen.has(stage)) seen.set(stage, together(stage.inputs.map(({ ref }) => visit(ref.stage))) ?? own(stage, by));
    return seen.get(stage);
  };
  return visit(refOf(rows).stage);
}

const together = (all: readonly (readonly string[] | undefined)[]): readonly string[] | undefined => {
  const found = all.filter((columns) => columns !== undefined);
  return found.length ? [...new Set(found.flat())].sort() : undefined;
};

function own(stage: Stage, by: readonly string[]): readonly string[] | undefined {
  if (axesWithin(stage).some((axis) => !by.includes(axis)))
    return together(stage.inputs.map(({ ref }) => columnsAsked(ref.stage) ?? []));
  const { work } = stage.kind;
  return work.is === 'rows' && (work.repeat?.(stage.config) ?? 1) > 1 ? columnsAsked(stage) : undefined;
}

const columnsAsked = ({ kind: { work }, config }: Stage): readonly string[] | undefined =>
  work.is === 'rows' ? Object.values(work.reads(config)) : undefined;
