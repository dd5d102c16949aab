import type { EngineOptions } from '../settings/engine.js';
import { HANDLE, type Handle, refOf, type Stage, type Within } from './handle.js';
import type { Kind } from './kind.js';
import { checkStageOptions } from './options.js';
import { declarationSite } from './site.js';

export interface Declaration<C, O> {
  readonly kind: Kind<C, O>;
  readonly inputs?: Readonly<Record<string, Handle>>;
  readonly config?: unknown;
  readonly options?: (O & EngineOptions) | undefined;
  readonly within?: Within;
}

/** Declares a stage and gives the handle of its main part, with the other parts as properties. */
export function stage<H extends Handle, C = unknown, O = object>(declared: Declaration<C, O>): H {
  const { kind } = declared;
  checkStageOptions(kind.name, declared.options ?? {});
  const config = kind.config ? kind.config(declared.config ?? {}) : (declared.config ?? {});
  const made: Stage = Object.freeze({
    kind,
    config,
    options: Object.freeze({ ...declared.options }) as Stage['options'],
    inputs: Object.freeze(
      Object.entries(declared.inputs ?? {}).map(([role, handle]) => ({ role, ref: refOf(handle) })),
    ),
    within: declared.within,
    site: kind.code ? declarationSite() : undefined,
  });
  const parts = kind.work.is === 'rows' ? ['main'] : Object.keys(kind.work.parts(config as C));
  const [main = 'main', ...others] = parts;
  return Object.freeze({
    ...handle(made, main),
    ...Object.fromEntries(others.map((part) => [part, Object.freeze(handle(made, part))])),
  }) as unknown as H;
}

const handle = (stage: Stage, part: string): Handle => ({ [HANDLE]: Object.freeze({ stage, part }) });
