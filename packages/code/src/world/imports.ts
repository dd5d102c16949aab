import { Parser } from 'acorn';

/** Whether code made from this text would import. What acorn cannot read counts as importing: V8 may read it. */
export const hasImport = (text: string): boolean => {
  // A comment may stand between the word and what makes it an expression.
  if (!/(?<![^.]\.)\bimport\s*(?:\(|\.|\/[/*])/.test(text)) return false;
  try {
    Watching.parse(text, { ecmaVersion: 'latest', sourceType: 'script', allowReturnOutsideFunction: true });
    return false;
  } catch {
    return true;
  }
};

/** Stops at the first `import` that is an expression; all others are none in a script. */
const Watching = Parser.extend(
  (Base) =>
    class extends Base {
      parseExprImport(): never {
        throw new SyntaxError('import');
      }
    },
);
