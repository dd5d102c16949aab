import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyHandle, type Secret, secret } from '@millrace/core';
import { aiModel, command, download, embed, generate, map, model, rowsSource, source } from '@millrace/stages';
import { begin, built, project, removeProjects } from '../../packages/millrace/test/command/millrace.js';
import { runOn } from '../../packages/stages/src/testing/run.js';
import { type Heard, serve, type TestServer } from '../../packages/stages/src/testing/server.js';
import { filesBelow, folder } from './files.js';

const PEM = `-----BEGIN PRIVATE KEY-----
Q0FOQVJZMDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3A
cXJzdHV2d3h5ekFCQ0RFRkdISUpLTE1OT1BRUlNUVVY
-----END PRIVATE KEY-----`;

const SHAPES: Readonly<Record<string, string>> = {
  'a long one': 'CANARY-0123456789-abcdefghijklmnopqrstuvwxyz-END',
  'one of eight characters': 'CANARYk8',
  'one with signs of addresses, JSON and HTML': 'CANARY+/=&%?"\\<é>\'0123456789',
  'one of several lines': PEM,
};

/** The ways in which it may be written; of a long one a part is enough. */
function traces(value: string): string[] {
  const forms = [
    ...value.split('\n').filter((line) => !line.startsWith('-----')),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...[0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + value)
        .toString('base64')
        .slice(shift ? 4 : 0, -4),
    ),
  ];
  return forms.flatMap((form) =>
    form.length <= 20 ? [form] : Array.from({ length: form.length - 19 }, (_, i) => form.slice(i, i + 20)),
  );
}

const shown = (text: string, value: string): string[] =>
  traces(value).filter(
    (form) => form.length >= 8 && !'-----BEGIN PRIVATE KEY-----'.includes(form) && text.includes(form),
  );

/** Repeats all that it hears, in many spellings, before and behind where a message may be cut. */
const parrot = (status: number) => (heard: Heard, response: import('node:http').ServerResponse) => {
  const said = [heard.url, ...Object.values(heard.headers).map(String), heard.body];
  const sent = said.join(' ');
  const text = [
    sent,
    encodeURIComponent(sent),
    JSON.stringify(sent),
    Buffer.from(sent).toString('base64'),
    ...[100, 200, 300, 1000].map((at) => `${'x'.repeat(at - 20)}${sent}`),
  ].join('\n');
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status >= 300 && status < 400 && { location: `http://localhost:1/${encodeURIComponent(sent).slice(0, 4000)}` }),
  });
  const choices = [{ finish_reason: 'stop', message: { content: text } }];
  response.end(
    status === 203
      ? text
      : JSON.stringify({ error: status >= 400 && { message: text, code: sent }, model: text, choices }),
  );
};

const q = () => rowsSource([{ q: 'one' }, { q: 'two' }]);
const served = (at: string, key: Secret) =>
  model('m1', { baseURL: `${at}/v1`, temperature: 0 }, { apiKey: key, headers: { 'X-Also': key }, retries: 0 });

interface Path {
  readonly at: string;
  readonly key: Secret;
  readonly keep: string;
}

const quick = { retries: 0, stallMs: 2000 };

/** Each stage that is given secrets. */
const STAGES: Readonly<Record<string, (path: Path) => Readonly<Record<string, AnyHandle>>>> = {
  generate: ({ at, key }) => ({ s: generate(q(), { model: served(at, key), prompt: '{{q}}' }) }),
  embed: ({ at, key }) => ({ s: embed(q(), { from: 'q', model: served(at, key) }) }),
  batch: ({ at, key }) => ({
    s: generate(q(), { model: served(at, key), prompt: '{{q}}' }, { via: 'batch', batch: { pollMs: 1, retries: 0 } }),
  }),
  'the AI SDK': ({ at, key }) => ({ s: generate(q(), { model: sdk(at, key), prompt: '{{q}}' }, { retries: 0 }) }),
  'a source': ({ at, key, keep }) => ({
    s: source.url(`${at}/d.jsonl`, {}, { keep, headers: { 'x-key': key }, query: { ticket: key } }),
  }),
  'a download': ({ at, key }) => ({ s: download.files([`${at}/w.bin`], {}, { ...quick, token: key }) }),
  'a hub': ({ at, key }) => ({ s: download.model('org/tiny', {}, { ...quick, endpoint: at, token: key }) }),
};

/** A library that tells in its error all that it sent. */
function sdk(at: string, key: Secret) {
  const fails = async ({ headers }: { headers: object }) => {
    const error = new Error(`failed with ${JSON.stringify(headers)}`, { cause: new Error(key.reveal()) });
    throw Object.assign(error, { name: 'AI_APICallError', requestBodyValues: { headers }, statusCode: 500 });
  };
  const object = { specificationVersion: 'v3', provider: 'p', modelId: 'm', doGenerate: fails };
  return aiModel(object as never, { endpoint: at }, { headers: { authorization: key } });
}

const bytesOf = (root: string): string =>
  filesBelow(root)
    .map((name) => `${name}\n${readFileSync(join(root, name)).toString('latin1')}`)
    .join('\n');

/** All that a run leaves and says. */
async function leavings(
  of: (path: Omit<Path, 'at'>) => Readonly<Record<string, AnyHandle>>,
  key: Secret,
): Promise<string> {
  const [root, keep] = [folder(), folder()];
  const store = openStore(root);
  const said: unknown[] = [];
  try {
    const { out, events } = await runOn(store, of({ key, keep }), { keepGoing: true });
    said.push(events.map((event) => (event.is === 'planned' ? event.is : event)));
    for (const name of Object.keys(out)) said.push(await out[name].failures?.(), await out[name].all?.());
  } catch (error) {
    said.push(error, String(error), (error as Error).stack, (error as { cause?: unknown }).cause);
  }
  await store.close();
  return [
    bytesOf(root),
    bytesOf(keep),
    ...said.map((each) => inspect(each, { depth: 20, showHidden: true, maxStringLength: null })),
  ].join('\n');
}

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const STATUSES = [200, 203, 307, 400, 401, 500];
/** What a file holds is content; a batch that may be under way is asked for again and again. */
const REFUSALS = [307, 400, 401, 404];
const ANSWERED: ReadonlySet<string> = new Set(['generate', 'embed', 'the AI SDK', 'a hub']);

/** No header takes several lines: those are looked for in what programs print. */
const IN_HEADERS = Object.entries(SHAPES).filter(([, value]) => !value.includes('\n'));

describe.each(IN_HEADERS)('%s', (_, value) => {
  test.each(Object.keys(STAGES))('is nowhere on any path of %s, whatever the server does with it', async (stage) => {
    for (const status of ANSWERED.has(stage) ? STATUSES : REFUSALS) {
      const server = await serve(parrot(status));
      servers.push(server);
      const key = secret.value(value, 'KEY');
      const left = await leavings((path) => STAGES[stage]?.({ ...path, at: server.at }) ?? {}, key);
      expect([status, shown(left, value)]).toEqual([status, []]);
    }
  });

  test('is nowhere on the paths of a program and of a function', async () => {
    const key = secret.value(value, 'KEY');
    const left = await leavings(
      () => ({
        c: command(
          {
            argv: [
              'sh',
              '-c',
              { text: 'echo "$KEY"; printf %s "$KEY" | base64 >&2; printf %s "$KEY" | head -c 30; exit 3' },
            ],
            outputs: { m: 'folder' },
          },
          { secrets: { KEY: key } },
        ),
        f: map(q(), {
          reads: ['q'],
          version: '1',
          columns: { a: 'text' },
          run: () => {
            throw new TypeError(`with ${key.reveal()}`, { cause: { [key.reveal()]: [key.reveal()] } });
          },
        }),
      }),
      key,
    );
    expect(left).toContain('[secret KEY]');
    expect(shown(left, value)).toEqual([]);
  });
});

describe('the command', () => {
  beforeAll(() => void built());
  afterAll(removeProjects);

  test.each(IN_HEADERS.slice(0, 1))('prints it nowhere and keeps it nowhere: %s', async (_, value) => {
    const server = await serve(parrot(400));
    servers.push(server);
    const at = project({
      'd.jsonl': '{"q":"one"}\n',
      'pipeline.ts': `
import { command, generate, map, model, pipeline, secret, source } from 'millrace';
const key = secret.env('CANARY');
const q = source.jsonl('d.jsonl', { columns: { q: 'text' } });
const m = model('m1', { baseURL: '${server.at}/v1', temperature: 0 }, { apiKey: key, retries: 0 });
const g = generate(q, { model: m, prompt: '{{q}}', into: 'answer' });
const c = command({ argv: ['sh', '-c', { text: 'echo "$KEY" >&2; exit 3' }], outputs: { o: 'folder' } }, { secrets: { KEY: key } });
export default pipeline({ g, c });
`,
    });
    const env = { CANARY: value };
    const all: string[] = [];
    for (const words of [
      ['run', '--keep-going'],
      ['run', '--keep-going', '--verbose', '--json'],
      ['show', 'g', '--failed'],
      ['ls'],
      ['runs'],
      ['why', 'g'],
      ['plan'],
    ]) {
      const { out, err } = await begin(at, words, env).end;
      all.push(out, err);
    }
    expect(all.join('')).toContain('[secret CANARY]');
    expect(shown(all.join('\n') + bytesOf(join(at, '.millrace')), value)).toEqual([]);
  });
});
