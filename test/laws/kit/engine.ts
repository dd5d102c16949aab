import type * as Core from '@millrace/core';

/** The engine under test: the real one, or one that was broken on purpose. */
export type Engine = typeof Core;
