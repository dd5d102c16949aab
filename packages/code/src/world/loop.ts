import { literalOf } from './literal.js';

export interface LoopShape {
  /** Columns that the function sees, in their order. */
  readonly names: readonly string[];
  /** Plain data: the second argument, fresh for each row. */
  readonly given?: unknown;
  /** Whether the function takes the fourth argument. */
  readonly context?: boolean;
}

/** A key that is written out sets the prototype. */
const key = (name: string) => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));

/** The text of a loop for one shape of rows. It stands inside, so that a call costs no way across the border. */
export const loopText = ({ names, given = {}, context = false }: LoopShape): string => {
  const { text, once } = literalOf(given);
  const lists = names.map((_, at) => `c${at} = batch.columns[${at}]`);
  const fields = names.map(
    (name, at) => `${key(name)}: typeof c${at}[at] === 'object' ? make(c${at}[at]) : c${at}[at]`,
  );
  const call = `fn({ ${fields.join(', ')} }, ${text}, batch.handle${context ? ', context(batch, at)' : ''})`;
  const taken = ['{ count, first, seeds, answers } = batch', ...lists].join(', ');
  return `(tools) => {
  'use strict';
  const { make, state, fail, begin, isThenable, later, context } = tools;
  ${once.map((each, at) => `const g${at} = ${each};`).join('\n  ')}
  return (fn) => {
    const rest = async (batch, from, promise, race) => {
      const ${taken};
      for (let at = from; at < count; at++) {
        try {
          if (at > from) begin(batch, at);
          const answer = at > from ? ${call} : promise;
          state.inRow = false;
          state.waiting.add(first + at);
          answers[at] = await race(answer);
        } catch (error) {
          fail(batch, at, error);
        } finally {
          state.inRow = false;
          state.waiting.delete(first + at);
        }
      }
    };
    return (batch, done) => {
      const ${taken};
      state.inRow = true;
      for (let at = 0; at < count; at++) {
        state.seed = seeds === undefined ? '' : seeds[at];
        state.fresh = true;
        state.row = first + at;
        try {
          const answer = ${call};
          if (typeof answer === 'object' && isThenable(answer)) {
            state.inRow = false;
            later((race) => rest(batch, at, answer, race), done);
            return false;
          }
          answers[at] = answer;
        } catch (error) {
          fail(batch, at, error);
        }
      }
      state.inRow = false;
      return true;
    };
  };
}`;
};
