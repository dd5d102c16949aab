import type { AnyFunction, Kind, Nature, RowsWork } from '@millrace/core';
import { givenKey } from './given.js';
import { columnsFormerlyRead, columnsRead, isPaid, namesFormerlyRead, namesRead } from './user-function.js';

/** The config of a stage that calls one function for each row. */
interface RowFunction {
  readonly run: AnyFunction;
  readonly reads?: readonly string[];
  readonly with?: unknown;
  readonly nature?: Nature;
}

/** How such a stage is known: what is in its keys, now and as version 0.1 had it. `more`: what else the config says. */
export const rowFunctionKeys = <C extends RowFunction>(more: (config: C) => object = () => ({})) => {
  const key = (config: C) => ({ ...givenKey(config), nature: config.nature, ...more(config) });
  const formerKey = (config: C) => ({ with: config.with, nature: config.nature, ...more(config) });
  const ifPaid = <T>(config: C, told: T): T | undefined => (isPaid(config) ? told : undefined);
  const stage: Pick<Kind<C>, 'semantic' | 'formerly'> = {
    semantic: (config) => ({ ...key(config), reads: namesRead(config.run, config.reads) }),
    formerly: (config) => ifPaid(config, { ...formerKey(config), reads: namesFormerlyRead(config.run, config.reads) }),
  };
  const calls: Required<Pick<RowsWork<C>, 'arrays' | 'reads' | 'call' | 'former'>> = {
    arrays: () => true,
    reads: (config, columns) => columnsRead(config.run, config.reads, columns),
    call: (config) => ({ version: 1, config: key(config) }),
    former: (config, columns) =>
      ifPaid(config, {
        call: { version: 1, config: formerKey(config) },
        reads: columnsFormerlyRead(config.run, config.reads, columns),
      }),
  };
  return { stage, calls };
};
