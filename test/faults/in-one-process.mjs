// Command lines in one process, one after the other: `node in-one-process.mjs LOAD ENGINE`. Each line that it reads is a folder and
// the commands to run in it, `{"folder":"/x","lines":[["run"],["export","x"]]}`; it answers with a line: exit code, output
// and errors of each.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [load, engine] = process.argv.slice(2);
const { exports } = createRequire(import.meta.url)(load).loadEngine(engine);

async function ended(words) {
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
  return { by, out, err };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { folder, lines } = JSON.parse(line);
  process.chdir(folder);
  const all = [];
  for (const words of lines) all.push(await ended(words));
  process.exitCode = 0;
  process.stdout.write(`${JSON.stringify(all)}\n`);
}
