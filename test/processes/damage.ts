import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@millrace/arrow-store';
import { outputsOf, type Shape } from './graph.js';
import { type Report, runOnce } from './once.js';

export const KINDS = ['flip', 'cut', 'empty', 'delete', 'foreign', 'swap', 'zero', 'append', 'folder'] as const;

/** One file damaged in one way, and what is asked of the store then. */
export interface Case {
  readonly file: string;
  readonly kind: (typeof KINDS)[number];
  /** Where in the file, from 0 to 1. */
  readonly where: number;
  /** By a process that had read it all, or by one that never saw it. */
  readonly seen: 'seen' | 'unseen';
  readonly shape: Shape;
}

export interface Campaign {
  readonly pristine: string;
  readonly store: string;
  /** What a process that had read it all had asked. */
  readonly before: Shape;
  readonly cases: readonly Case[];
}

export interface Outcome {
  readonly file: string;
  readonly kind: string;
  readonly seen: string;
  readonly limit: number | undefined;
  /** Runs until all could be read. */
  readonly tries: readonly Report[];
  readonly answers: readonly string[];
  /** After every file was checked. */
  readonly checked: Report;
  readonly quarantine: readonly string[];
  /** Files of the store that this process has open when the store is closed. */
  readonly open: readonly string[];
}

const MOST_TRIES = 4;
/** What a disk loses at once. */
const BLOCK = 512;

export async function tried({ pristine, store: root, before }: Campaign, of: Case): Promise<Outcome> {
  rmSync(root, { recursive: true, force: true });
  const left = openIn(root);
  cpSync(pristine, root, { recursive: true });
  const early = of.seen === 'seen' ? openStore(root) : undefined;
  if (early) await runOnce(outputsOf(before), { need: 'all' }, { store: early });
  writeFileSync(of.shape.side, '');
  spoil(root, of);
  const store = early ?? openStore(root);
  const once = () => runOnce(outputsOf(of.shape), { need: 'all' }, { store });
  const tries: Report[] = [await once()];
  while (tries.length < MOST_TRIES && !whole(tries.at(-1))) tries.push(await once());
  const answers = asked(of.shape);
  await store.verify({ deep: true });
  const checked = await once();
  await store.close();
  const { file, kind, seen } = of;
  const quarantine = namesIn(join(root, 'quarantine'));
  const open = openIn(root).filter((path) => !left.includes(path));
  return { file, kind, seen, limit: of.shape.limit, tries, answers, checked, quarantine, open };
}

/** Only where the kernel tells. */
const openIn = (root: string): string[] =>
  (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : [])
    .flatMap((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return [];
      }
    })
    .filter((path) => path.startsWith(root));

const whole = (report: Report | undefined): boolean =>
  report?.ended === 'done' && !Object.values(report.contents).includes('damaged');

const asked = ({ side }: Shape): string[] =>
  readFileSync(side, 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[1] === 'answers')
    .map((line) => line.split(' ').slice(2).join(' '));

const SPOIL: { readonly [kind in Case['kind']]: (path: string, at: number, of: Case & { root: string }) => void } = {
  delete: (path) => rmSync(path),
  cut: (path, at) => truncateSync(path, at),
  empty: (path) => truncateSync(path, 0),
  foreign: (path, at) => writeFileSync(path, 'Dear diary, this is not a store.\n'.repeat(1 + at)),
  swap: (path, _, { root, file }) => writeFileSync(path, readFileSync(join(root, neighbour(root, file)))),
  flip: (path, at, { where }) => {
    const bytes = readFileSync(path);
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << (Math.floor(where * 7919) % 8));
    writeFileSync(path, bytes.length > 0 ? bytes : 'x');
  },
  zero: (path, at) => {
    const bytes = readFileSync(path);
    bytes
      .subarray(at - (at % BLOCK))
      .subarray(0, BLOCK)
      .fill(0);
    writeFileSync(path, bytes);
  },
  append: (path, at) => appendFileSync(path, 'and so on\n'.repeat(1 + (at % 100))),
  folder: (path) => {
    rmSync(path);
    mkdirSync(join(path, 'inside'), { recursive: true });
  },
};

function spoil(root: string, of: Case): void {
  const path = join(root, of.file);
  // What a killed process left is gone once another has looked.
  if (!existsSync(path)) return;
  chmodSync(path, 0o644);
  const { size } = statSync(path);
  SPOIL[of.kind](path, Math.max(0, Math.min(size - 1, Math.floor(of.where * size))), { ...of, root });
}

/** A good file of the same room, with another name: the kind of damage that no checksum within the file shows. */
function neighbour(root: string, file: string): string {
  const [room = '', inside] = file.split('/');
  const end = file.slice(file.lastIndexOf('.'));
  const all = inside === undefined ? [] : filesIn(join(root, room)).map((name) => `${room}/${name}`);
  return all.find((name) => name !== file && name.endsWith(end)) ?? 'README.txt';
}

const namesIn = (root: string): string[] =>
  existsSync(root) ? (readdirSync(root, { recursive: true }) as string[]) : [];

export const filesIn = (root: string): string[] =>
  namesIn(root)
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
