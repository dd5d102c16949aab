import type { AnyTable, Columns, Kind, Row } from '@millrace/core';
import type { Engine } from './engine.js';
import type { Outside } from './outside.js';
import { tell } from './telling.js';

export function source(engine: Engine, data: readonly Row[]): AnyTable {
  const kind: Kind<{ data: readonly Row[] }> = {
    name: 'rows',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      run: async ({ config }) => ({ main: { rows: [config.data] } }),
    },
  };
  return engine.stage<AnyTable, { data: readonly Row[] }>({ kind, config: { data } });
}

interface Streamed {
  readonly data: readonly Row[];
  readonly columns: Columns;
}

export function streamed(engine: Engine, outside: Outside, { data, columns }: Streamed): AnyTable {
  const kind: Kind<{ columns: Columns }, { data: readonly Row[] }> = {
    name: 'stream',
    version: 1,
    nature: 'pure',
    work: {
      is: 'whole',
      parts: () => ({ main: 'table' }),
      world: (_, options) => engine.digestValue(options.data),
      columns: (config) => ({ main: config.columns }),
      run: async ({ options }) => {
        outside.answer(`stream ${tell(options.data)}`, 'stream');
        return { main: { rows: oneByOne(options.data) } };
      },
    },
  };
  return engine.stage<AnyTable, { columns: Columns }, { data: readonly Row[] }>({
    kind,
    config: { columns },
    options: { data },
  });
}

async function* oneByOne(data: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (const row of data) yield [row];
}
