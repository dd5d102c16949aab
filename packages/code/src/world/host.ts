import { formatWithOptions } from 'node:util';
import { type BytesHost, bytesHost } from './host-bytes.js';
import { type ModulesHost, modulesHost } from './host-modules.js';
import { type TextHost, textHost } from './host-text.js';
import { hasImport } from './imports.js';

/** What the inside may ask of Node. It takes and gives primitives, and reads or fills bytes: no object of Node gets inside. */
export interface Host extends TextHost, BytesHost, ModulesHost {
  readonly log: (level: string, text: string) => void;
  /** Calls the timers once whatever is due now has run. */
  readonly later: () => void;
  readonly format: (...given: unknown[]) => string;
  readonly hasImport: (text: string) => boolean;
}

export const makeHost = ({ log, later }: Pick<Host, 'log' | 'later'>): Host => ({
  log: (level, text) => log(level, text),
  later: () => later(),
  // Its own way to show itself would be handed functions of Node.
  format: (...given) => formatWithOptions({ customInspect: false }, ...given),
  hasImport,
  ...textHost(),
  ...bytesHost(),
  ...modulesHost(),
});
