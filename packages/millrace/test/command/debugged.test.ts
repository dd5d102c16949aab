import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { lines, millrace, project, read, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

/** A thread that does to the main one what debuggers of editors do: it reads the map of each script and stops at a line of a file. */
const DEBUGGER = `
import { appendFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url), { execArgv: [], env: {} });
  await new Promise((ready) => worker.once('message', ready));
  worker.unref();
} else {
  setInterval(() => {}, 1000);
  const session = new Session();
  session.connectToMainThread();
  const maps = new Map();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url, sourceMapURL } }) => {
    if (url.startsWith('program:') && sourceMapURL) maps.set(scriptId, JSON.parse(Buffer.from(sourceMapURL.split(',')[1], 'base64')));
  });
  session.on('Debugger.paused', async ({ params: { reason, data, callFrames: [frame] } }) => {
    if (reason === 'instrumentation') await stopsIn(data.scriptId);
    else await told(frame);
    await session.post('Debugger.resume');
  });
  const entryAt = (scriptId, line, column) => new SourceMap(maps.get(scriptId)).findEntry(line, column);
  const seen = new Set();
  const stopsIn = async (scriptId) => {
    if (!maps.has(scriptId) || seen.has(scriptId)) return;
    seen.add(scriptId);
    for (let line = 0; line < 200; line++)
      for (let column = 0; column < 120; column++) {
        const { originalSource, originalLine, generatedLine, generatedColumn } = entryAt(scriptId, line, column);
        if (generatedLine !== line || generatedColumn !== column) continue;
        if (!originalSource?.endsWith('/lib/h.ts') || originalLine !== 3) continue;
        return session.post('Debugger.setBreakpoint', { location: { scriptId, lineNumber: line, columnNumber: column } });
      }
  };
  const told = async ({ callFrameId, location: { scriptId, lineNumber, columnNumber } }) => {
    const { originalSource, originalLine } = entryAt(scriptId, lineNumber, columnNumber);
    const { result } = await session.post('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'half', returnByValue: true });
    appendFileSync('stops.jsonl', JSON.stringify([originalSource, originalLine + 1, result.value]) + '\\n');
  };
  await session.post('Debugger.enable');
  await session.post('Debugger.setInstrumentationBreakpoint', { instrumentation: 'beforeScriptWithSourceMapExecution' });
  parentPort.postMessage('ready');
}
`;

const files = (nature: string) => ({
  'debugger.mjs': DEBUGGER,
  'lib/h.ts': `/** Another file, whose types are taken out. */
export const halved = (x: number): number => {
  const half = x / 2;
  return half + 1;
};
`,
  'pipeline.ts': `import { map, rowsSource, pipeline } from 'millrace';
import { halved } from './lib/h.js';

export default pipeline({ out: map(rowsSource([{ x: 4 }, { x: 6 }]), { run: ({ x }) => ({ y: halved(x) }), nature: '${nature}' }) });
`,
});

test('a debugger stops at a line of a file that an answered function reaches', () => {
  const folder = project(files('answered'));
  const debug = { NODE_OPTIONS: `--inspect=127.0.0.1:0 --import=${pathToFileURL(join(folder, 'debugger.mjs'))}` };
  const { code, err } = millrace(folder, ['run'], debug);
  expect([code, err.replace(/^(Debugger|For help|Waiting).*\n/gm, '')]).toEqual([0, '']);
  const here = pathToFileURL(join(folder, 'lib/h.ts')).href;
  expect(lines(read(folder, 'stops.jsonl')).map((line) => JSON.parse(line))).toEqual([
    [here, 4, 2],
    [here, 4, 3],
  ]);
});

test('… and a pure one, also where it is made once more to be compared', () => {
  const folder = project(files('pure'));
  write(folder, { 'stops.jsonl': '' });
  const debug = { NODE_OPTIONS: `--inspect=127.0.0.1:0 --import=${pathToFileURL(join(folder, 'debugger.mjs'))}` };
  expect(millrace(folder, ['run'], debug).code).toBe(0);
  const stops = lines(read(folder, 'stops.jsonl')).map((line) => JSON.parse(line));
  expect(stops.map(([, line, half]) => `${line} ${half}`).sort()).toEqual(['4 2', '4 2', '4 3', '4 3']);
});
