// Imports programs as they are written, without the reader: a thread for each, of which some never come to their end.
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

if (isMainThread) {
  const [rows, ...folders] = process.argv.slice(2);
  for (const folder of folders) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { rows: JSON.parse(rows), folder } });
    let told = { fails: 'it never ends' };
    worker.on('message', (answer) => {
      told = answer;
    });
    // Such as a stack that overflows where nobody waits.
    worker.on('error', (error) => {
      told = { fails: String(error) };
    });
    await new Promise((done) => worker.on('exit', done));
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
} else {
  const { rows, folder } = workerData;
  try {
    const { default: stages } = await import(pathToFileURL(`${folder}/pipeline.js`).href);
    const answers = [];
    for (const x of rows) answers.push(await tell(stages.out.run, x));
    parentPort.postMessage({ answers });
  } catch (error) {
    parentPort.postMessage({ fails: String(error) });
  }
}

async function tell(run, x) {
  try {
    return JSON.stringify(await run({ x }));
  } catch (error) {
    return `throws ${error.message}`;
  }
}
