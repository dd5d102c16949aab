// Several command lines in one process, one after the other: `node commands.mjs LOAD ENGINE '[["run"],["export","x"]]'`.
// Prints a line of JSON for each: exit code, output, errors.
import { createRequire } from 'node:module';

const [load, engine, lines] = process.argv.slice(2);
const { exports } = createRequire(import.meta.url)(load).loadEngine(engine);

for (const words of JSON.parse(lines)) {
  let out = '';
  let err = '';
  const screen = {
    write: (text) => {
      out += text;
    },
    warn: (text) => {
      err += text;
    },
    live: false,
    columns: () => 200,
    color: false,
  };
  const by = await exports.main(words, screen);
  process.stdout.write(`${JSON.stringify({ by, out, err })}\n`);
}
