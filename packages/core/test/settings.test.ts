import { describe, expect, test } from '@jest/globals';
import { checkSettings, engineOptions, parsedSettings, setting } from '@millrace/core';

const optional = { optional: true } as const;
const CONFIG = {
  by: setting.columns('The columns.'),
  into: setting.newColumn<string>()('The new column.', { default: 'text' }),
  order: setting.oneOf('Which first.', ['first', 'last'], { default: 'last' }),
  share: setting.number('A share.', { above: 0, max: 1, ...optional }),
  most: setting.int('So many.', { min: 1, ...optional }),
  near: setting.either(
    'How near.',
    [
      setting.column('A column.'),
      setting.object('A column, and how near.', {
        column: setting.column('A column.'),
        threshold: setting.number('How near.', { min: 0, max: 1, default: 0.8 }),
      }),
    ],
    optional,
  ),
  names: setting.list('Names.', setting.text('A name.'), optional),
  weights: setting.record('Weights.', setting.number('A weight.', { min: 0 }), optional),
  run: { is: 'function', describe: 'A function.' } as const,
  exact: setting.flag('Whether exact.', { default: false }),
};

const said = (config: object, options: object = {}): readonly string[] => {
  const checked = checkSettings({ name: 'pick', config: CONFIG, options: engineOptions }, { config, options });
  return 'wrong' in checked ? checked.wrong.map(({ path, text }) => `${path.join('.')}: ${text}`) : [];
};

describe('settings', () => {
  test('what fits is taken, and what is undefined was not given', () => {
    expect(said({ by: 'a' })).toEqual([]);
    expect(said({ by: ['a', 'b'], share: 1, most: 3, near: 'a', names: ['x'], weights: { x: 0 } })).toEqual([]);
    expect(said({ by: 'a', near: { column: 'a', threshold: 0 }, other: undefined, run: () => 1 })).toEqual([]);
    expect(said({ by: 'a' }, { concurrency: 2, stopAfter: '5%', limit: { name: 'x' } })).toEqual([]);
  });

  test.each([
    [{}, {}, ': pick needs by: The columns.'],
    [{ by: 3 }, {}, 'by: by of pick must be the name of a column, or a list of names, not 3.'],
    [{ by: '' }, {}, 'by: by of pick must be the name of a column, or a list of names, not "".'],
    [{ by: 'a', ordre: 'x' }, {}, 'ordre: pick has no setting ordre. Did you mean order?'],
    [{ by: 'a', order: 'lst' }, {}, 'order: order of pick must be one of first, last, not "lst". Did you mean last?'],
    [{ by: 'a', share: 0 }, {}, 'share: share of pick must be a number above 0 and at most 1, not 0.'],
    [{ by: 'a', share: Number.NaN }, {}, 'share: share of pick must be a number above 0 and at most 1, not NaN.'],
    [{ by: 'a', most: 1.5 }, {}, 'most: most of pick must be a whole number of at least 1, not 1.5.'],
    [{ by: 'a', most: 1n }, {}, 'most: most of pick must be a whole number of at least 1, not 1.'],
    [{ by: 'a', into: null }, {}, 'into: into of pick must be a name for the new column, not null.'],
    [{ by: 'a', near: { threshold: 1 } }, {}, 'near: near of pick needs column: A column.'],
    [
      { by: 'a', near: { column: 'a', threshold: 2 } },
      {},
      'near.threshold: threshold of near of pick must be a number from 0 to 1, not 2.',
    ],
    [{ by: 'a', near: 5 }, {}, 'near: near of pick must be the name of a column or a set of names and values, not 5.'],
    [{ by: 'a', names: ['x', 2] }, {}, 'names.1: 1 in names of pick must be a text, not 2.'],
    [{ by: 'a', weights: { x: -1 } }, {}, 'weights.x: x in weights of pick must be a number of at least 0, not -1.'],
    [
      { by: 'a', run: './a.ts#b' },
      {},
      'run: run of pick must be a function, in a file such as ./text.ts#clean, not "./a.ts#b".',
    ],
    [
      { by: 'a', concurrency: 2 },
      {},
      'concurrency: concurrency of pick is an option: it changes no answer. Write it under options, in code as the argument after the config.',
    ],
    [
      { by: 'a' },
      { most: 2 },
      'options.most: most of pick changes the answer, so that it is no option. Write it beside the options, with the config.',
    ],
    [{ by: 'a' }, { retrys: 1 }, 'options.retrys: pick has no option retrys. Did you mean retries?'],
    [
      { by: 'a' },
      { stopAfter: '200%' },
      'options.stopAfter: stopAfter of pick must be a number of rows, or a share such as 5%, not "200%".',
    ],
    [{ by: 'a' }, { limit: { name: '' } }, 'options.limit.name: name of limit of pick must be a name, not "".'],
  ])('%j with options %j is said in a sentence', (config, options, text) => {
    expect(said(config, options)).toEqual([text]);
  });

  test('all that is wrong is said, and a value that is no JSON too', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(said({ by: 'a', order: circle, exact: () => 1 })).toEqual([
      'order: order of pick must be one of first, last, not a value of type object.',
      'exact: exact of pick must be true or false, not the function exact.',
    ]);
  });

  test('defaults are filled in, also below, and one column is a list of one', () => {
    const { run: _, ...config } = CONFIG;
    expect(parsedSettings(config, { by: 'a', near: 'b' })).toEqual({
      by: ['a'],
      into: 'text',
      order: 'last',
      near: 'b',
      exact: false,
    });
  });
});
