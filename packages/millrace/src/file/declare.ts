import { type Handle, refOf, type Stage } from '@millrace/core';
import { spelled } from '../render/spelling.js';
import { type Checking, FunctionRef } from './checking.js';
import { type Functions, placed } from './functions.js';
import type { Draft, Source } from './stages.js';

export const functionsIn = (value: unknown): FunctionRef[] => {
  if (value instanceof FunctionRef) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(functionsIn);
};

/** Declares a draft's stage; its inputs were declared before. */
export function declare(draft: Draft, handles: ReadonlyMap<string, Handle>, functions: Functions): Handle | undefined {
  const { stage, config, options, inputs } = draft;
  const given: Record<string, Handle | Handle[] | Record<string, Handle>> = {};
  for (const [role, { is, of }] of inputs) {
    const found = of.map((source) => [source.name, partOf(source, handles, stage.checking)] as const);
    if (found.some(([, handle]) => !handle)) return undefined;
    const parts = found as (readonly [string, Handle])[];
    given[role] =
      is === 'named'
        ? Object.fromEntries(parts)
        : is === 'list'
          ? parts.map(([, each]) => each)
          : (parts[0]?.[1] as Handle);
  }
  try {
    return stage.kinded.entry.build({
      inputs: given,
      config: placed(config, functions) as Record<string, unknown>,
      options: placed(options, functions) as Record<string, unknown>,
    });
  } catch (error) {
    stage.checking.say(stage.path, (error as Error).message, 'key');
    return undefined;
  }
}

function partOf(
  { draft, part, at }: Source,
  handles: ReadonlyMap<string, Handle>,
  checking: Checking,
): Handle | undefined {
  const handle = handles.get(draft);
  if (!handle || part === undefined) return handle;
  const found = (handle as unknown as Record<string, Handle>)[part];
  if (found && Object.hasOwn(handle, part)) return found;
  const { stage } = refOf(handle);
  const parts = stage.kind.work.is === 'rows' ? [] : Object.keys(stage.kind.work.parts(stage.config));
  checking.say(at, `${draft} has no part ${part}. ${spelled(part, parts, 'Its parts')}`);
  return undefined;
}

/** A handle, and those parts of it that are stages of their own: `scores` and `scores.summary`. */
export function withParts(handle: Handle): [suffix: string, handle: Handle][] {
  const { stage } = refOf(handle);
  const parts = Object.entries(handle).filter(([, part]) => isOther(part, stage));
  return [['', handle], ...parts.map(([name, part]): [string, Handle] => [`.${name}`, part as Handle])];
}

const isOther = (part: unknown, stage: Stage): boolean => {
  if (typeof part !== 'object' || part === null) return false;
  try {
    return refOf(part as Handle).stage !== stage;
  } catch {
    return false;
  }
};
