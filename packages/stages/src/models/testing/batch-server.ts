import { chat } from './openai-routes.js';
import { type OpenAIServer, type ServerOptions, startOpenAIServer } from './openai-server.js';
import type { Answer, Seen } from './wire.js';

/** How the batch service behaves; may be changed at any time. */
export interface Behaviour {
  /** Looks at a batch until it has ended. */
  readonly looks: number;
  /** Status with which a request of a batch fails; `times`: how often its id was sent before. */
  readonly failWith: (id: string, times: number) => number | undefined;
  /** Only this share is answered before the batch expires. */
  readonly expiresAt: number | undefined;
  /** Looks at the list until a new batch is on it. */
  readonly hidden: number;
  readonly shuffled: boolean;
  readonly twice: boolean;
  /** The next so many downloads of results end in the midst of a line. */
  readonly torn: number;
  /** The next batches are refused with this sentence. */
  readonly refuses: string | undefined;
  /** Nothing is answered: 503 before anything is done. */
  readonly down: boolean;
}

export interface Submitted {
  readonly id: string;
  readonly tag: string;
  readonly ids: readonly string[];
  cancelled: boolean;
}

export interface BatchServer extends OpenAIServer {
  /** Every batch that was taken, in order: what would be paid for. */
  readonly batches: readonly Submitted[];
  behave(how: Partial<Behaviour>): void;
  /** How often each request was taken. */
  times(): Map<string, number>;
}

interface Line {
  readonly custom_id: string;
  readonly body: unknown;
}

interface Taken extends Submitted {
  readonly lines: readonly Line[];
  readonly refused: string | undefined;
  readonly created: number;
  hidden: number;
  looks: number;
  files?: { readonly output: string; readonly errors: string };
}

interface State {
  how: Behaviour;
  readonly files: Map<string, string>;
  readonly batches: Taken[];
}

const USUAL: Behaviour = {
  looks: 1,
  failWith: () => undefined,
  expiresAt: undefined,
  hidden: 0,
  shuffled: false,
  twice: false,
  torn: 0,
  refuses: undefined,
  down: false,
};

/** A real server that speaks OpenAI's files and batches, and counts what it takes. */
export async function startBatchServer(options: ServerOptions = {}): Promise<BatchServer> {
  const state: State = { how: USUAL, files: new Map(), batches: [] };
  const server = await startOpenAIServer(options);
  const routes: readonly (readonly [string, (seen: Seen) => Answer | Promise<Answer>])[] = [
    ['POST /v1/files', (seen) => upload(state, seen)],
    ['GET /v1/files/:id/content', ({ path }) => content(state, path)],
    ['POST /v1/batches', ({ body }) => take(state, body as WireBatch)],
    ['GET /v1/batches', ({ path }) => list(state, path)],
    ['GET /v1/batches/:id', ({ path }) => look(state, path)],
    ['POST /v1/batches/:id/cancel', ({ path }) => cancel(state, path)],
  ];
  for (const [pattern, route] of routes) server.route(pattern, (seen) => (state.how.down ? DOWN : route(seen)));
  return Object.assign(server, {
    batches: state.batches,
    behave: (how: Partial<Behaviour>) => {
      state.how = { ...state.how, ...how };
    },
    times: () => timesOf(state),
  });
}

const DOWN: Answer = { status: 503, body: { error: { message: 'restarting' } } };

function timesOf({ batches }: State): Map<string, number> {
  const times = new Map<string, number>();
  for (const { ids, refused } of batches) if (!refused) for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}

function upload({ files }: State, { body }: Seen): Answer {
  const text = (body as Buffer).toString('utf8');
  const boundary = text.slice(0, text.indexOf('\r\n'));
  const part = text.split(boundary).find((each) => each.includes('filename=')) ?? '';
  const id = `file-${files.size + 1}`;
  files.set(id, part.slice(part.indexOf('\r\n\r\n') + 4, -2));
  return { body: { id, object: 'file', purpose: 'batch' } };
}

function content(state: State, path: string): Answer {
  const whole = state.files.get(path.split('/')[3] ?? '');
  const torn = whole && state.how.torn > 0;
  if (torn) state.how = { ...state.how, torn: state.how.torn - 1 };
  const text = torn ? whole.slice(0, whole.length - 20) : whole;
  return text === undefined ? NOT_FOUND : { headers: { 'content-type': 'application/jsonl' }, body: Buffer.from(text) };
}

const NOT_FOUND: Answer = { status: 404, body: { error: { message: 'no such thing', code: 'not_found' } } };

interface WireBatch {
  readonly input_file_id: string;
  readonly metadata: { readonly millrace: string };
}

function take(state: State, { input_file_id, metadata }: WireBatch): Answer {
  const text = state.files.get(input_file_id) ?? '';
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const batch: Taken = {
    id: `batch_${state.batches.length + 1}`,
    tag: metadata.millrace,
    ids: lines.map(({ custom_id }) => custom_id),
    lines,
    refused: state.how.refuses,
    created: Math.floor(Date.now() / 1000),
    cancelled: false,
    hidden: state.how.hidden,
    looks: 0,
  };
  state.batches.push(batch);
  return { body: shown(batch, 'validating') };
}

/** Two a page, newest first. */
function list({ batches }: State, path: string): Answer {
  const after = new URL(path, 'http://x').searchParams.get('after');
  const all = batches.filter((batch) => batch.hidden-- <= 0).reverse();
  const from = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
  const data = all.slice(from, from + 2).map((batch) => shown(batch, 'in_progress'));
  return { body: { object: 'list', data, has_more: from + 2 < all.length } };
}

async function look(state: State, path: string): Promise<Answer> {
  const batch = state.batches.find(({ id }) => id === path.split('/')[3]);
  if (!batch) return NOT_FOUND;
  if (batch.refused)
    return { body: { ...shown(batch, 'failed'), errors: { data: [{ message: batch.refused, line: 1 }] } } };
  if (!batch.cancelled && ++batch.looks <= state.how.looks) return { body: shown(batch, 'in_progress') };
  batch.files ??= await answer(state, batch);
  const ended = batch.cancelled ? 'cancelled' : state.how.expiresAt === undefined ? 'completed' : 'expired';
  return { body: { ...shown(batch, ended), output_file_id: batch.files.output, error_file_id: batch.files.errors } };
}

function cancel({ batches }: State, path: string): Answer {
  const batch = batches.find(({ id }) => id === path.split('/')[3]);
  if (!batch) return NOT_FOUND;
  batch.cancelled = true;
  return { body: shown(batch, 'cancelling') };
}

const shown = ({ id, tag, ids, looks, created }: Taken, status: string) => ({
  id,
  object: 'batch',
  status,
  created_at: created,
  metadata: { millrace: tag },
  request_counts: {
    total: ids.length,
    completed: status === 'in_progress' ? Math.min(looks, ids.length) : ids.length,
    failed: 0,
  },
});

async function answer(state: State, batch: Taken): Promise<{ output: string; errors: string }> {
  const { how } = state;
  const before = timesOf({ ...state, batches: state.batches.slice(0, state.batches.indexOf(batch)) });
  const most = batch.cancelled ? 0 : Math.ceil(batch.lines.length * (how.expiresAt ?? 1));
  const output: unknown[] = [];
  const errors: unknown[] = [];
  for (const [at, { custom_id, body }] of batch.lines.entries()) {
    const status = how.failWith(custom_id, before.get(custom_id) ?? 0);
    if (at >= most) errors.push({ custom_id, response: null, error: { code: 'batch_expired', message: 'too late' } });
    else if (status)
      errors.push({
        custom_id,
        response: { status_code: status, body: { error: { message: `scripted ${status}` } } },
        error: null,
      });
    else
      output.push({
        custom_id,
        response: { status_code: 200, body: (await chat({ method: 'POST', path: '', headers: {}, body })).body },
        error: null,
      });
  }
  if (how.twice) output.push(...output);
  if (how.shuffled) output.reverse();
  return { output: keep(state, output), errors: keep(state, errors) };
}

function keep({ files }: State, lines: readonly unknown[]): string {
  const id = `file-${files.size + 1}`;
  files.set(id, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return id;
}
