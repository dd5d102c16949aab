import type { Stage } from '../declare/handle.js';
import { natureOf } from '../plan/node.js';
import type { CodeReader, MadeFunctions, MakeHow } from '../ports/code.js';

/** The functions of a stage that runs, made when the first of them is called: what is hashed is what runs. */
export class StageFunctions {
  #made: Promise<MadeFunctions> | undefined;

  constructor(
    readonly stage: Stage,
    readonly code: CodeReader,
    readonly heard: Pick<MakeHow, 'print' | 'note'>,
  ) {}

  /** The stage's config, with functions that may be called. */
  async config(): Promise<unknown> {
    const { kind, config, options, site } = this.stage;
    // What goes into a thread goes by its own text.
    const uses = options.threads ? {} : (kind.code?.(config) ?? {});
    if (!this.code.make || Object.keys(uses).length === 0) return config;
    const handles = kind.handles?.(config) ?? {};
    this.#made ??= this.code.make(uses, { nature: natureOf({ stage: this.stage }), site, handles, ...this.heard });
    const { functions } = await this.#made;
    return kind.withCode?.(config, functions) ?? { ...(config as object), ...functions };
  }

  /** What was evaluated for them, if any was called. */
  async texts(): Promise<readonly string[]> {
    return (await this.#made)?.texts ?? [];
  }

  async close(): Promise<void> {
    (await this.#made?.catch(() => undefined))?.close();
  }
}
