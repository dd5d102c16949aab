import type { Columns, Output, Row } from '@millrace/core';
import { byText, short, show, sideTable, typed } from '../kit/telling.js';
import { counted, grouped, joined, trained } from '../kit/whole-stages.js';
import { type Graph, isPartial, isRowWise, isSource, type Node, readBy, type TableRef } from './graph.js';
import type { Ledger } from './ledger.js';

/** A table as the engine gave it. */
export interface Seen {
  readonly rows: readonly Row[];
  readonly failed: ReadonlySet<number>;
  readonly columns: Columns;
}

/** What a run gave for a node: its tables and values, or nothing where it failed. */
export interface Given {
  table(node: Node, part: 'main' | 'test'): Promise<Seen | undefined>;
  value(node: Node): unknown;
  folder(node: Node): Promise<string | undefined>;
  output(node: Node): Output | undefined;
  ran(node: Node): boolean;
}

const NOTHING: Seen = { rows: [], failed: new Set(), columns: {} };

/**
 * Every output against what the stage computes from the outputs above it, in a few lines over plain rows. Answers from
 * outside are taken as they were given; the ledger says which may be shown. By induction the run is as one from nothing.
 */
export class Reference {
  readonly #tables = new Map<string, Seen>();
  readonly #bad = new Set<number>();

  constructor(
    readonly graph: Graph,
    readonly given: Given,
    readonly ledger: Ledger,
  ) {}

  async check(): Promise<void> {
    for (const node of this.graph.nodes) await this.#node(node);
  }

  async #node(node: Node): Promise<void> {
    const above = [...node.tables.map((t) => t.node), node.value, node.folder].filter((id) => id !== undefined);
    const refused = this.#refuses(node) || above.some((id) => this.#bad.has(id));
    const there = this.given.output(node) !== undefined;
    same(`${node.name} (${node.kind}) gives an output`, there, !refused);
    if (refused) this.#bad.add(node.id);
    else if (isRowWise(node)) await this.#rowWise(node);
    else await this.#whole(node);
  }

  #refuses(node: Node): boolean {
    const failed = (ref: TableRef | undefined) => ref !== undefined && this.#table(ref).failed.size > 0;
    if (isRowWise(node)) return node.kind === 'looked' && failed(node.tables[1]);
    return !isPartial(node) && node.tables.some(failed);
  }

  #table = ({ node, part }: TableRef): Seen => this.#tables.get(`${node}.${part}`) ?? NOTHING;

  async #see(node: Node, part: 'main' | 'test' = 'main'): Promise<Seen> {
    const seen = (await this.given.table(node, part)) ?? NOTHING;
    this.#tables.set(`${node.id}.${part}`, seen);
    return seen;
  }

  #kept(ref: TableRef): Row[] {
    const { rows, failed } = this.#table(ref);
    return rows.filter((_, i) => !failed.has(i));
  }

  async #whole(node: Node): Promise<void> {
    if (isSource(node)) return sameRows(node, (await this.#see(node)).rows, node.data);
    const by = readBy(this.graph, node);
    const rows = this.#kept(node.tables[0] as TableRef);
    const asked = { by, with: node.config };
    switch (node.kind) {
      case 'sort':
        return sameRows(
          node,
          (await this.#see(node)).rows,
          rows.toSorted((a, b) => byText(a[by], b[by])),
        );
      case 'join': {
        const right = this.#table(node.tables[1] as TableRef).rows;
        return sameRows(node, (await this.#see(node)).rows, joined(rows, right, { by, prefix: `r${node.id}_` }));
      }
      case 'group': {
        const expected = grouped(rows, by).map((row) => ({ row, key: JSON.stringify(Object.entries(row).sort()) }));
        const found = (await this.#see(node)).rows.map((row) => JSON.stringify(Object.entries(row).sort()));
        return same(`groups of ${node.name}`, found.toSorted(), expected.map((e) => e.key).toSorted());
      }
      case 'count':
        return same(`value of ${node.name}`, this.given.value(node), counted(rows, asked));
      case 'train':
        return same(`folder of ${node.name}`, await this.given.folder(node), trained(rows, asked));
      default: {
        sameRows(
          node,
          (await this.#see(node)).rows,
          rows.filter((_, i) => i % 2 === 0),
        );
        sameRows(
          node,
          (await this.#see(node, 'test')).rows,
          rows.filter((_, i) => i % 2 === 1),
        );
        return same(`summary of ${node.name}`, this.given.value(node), {
          first: Math.ceil(rows.length / 2),
          second: Math.floor(rows.length / 2),
        });
      }
    }
  }

  async #rowWise(node: Node): Promise<void> {
    const input = this.#table(node.tables[0] as TableRef);
    const output = await this.#see(node);
    const calls = await this.#calls(node, input);
    let at = 0;
    for (const call of calls) at = this.#call(node, call, { output, at });
    same(`rows of ${node.name}`, output.rows.length, at);
  }

  /** Draws of equal values are numbered in the order of the rows. */
  async #calls(node: Node, { rows, failed }: Seen): Promise<Call[]> {
    const by = readBy(this.graph, node);
    const side = await this.#side(node);
    const call = callOf(node, side);
    const repeat = node.kind === 'drawn' ? 1 + node.config : 1;
    const before = new Map<string, number>();
    return rows.flatMap((row, i) => {
      if (failed.has(i)) return Array.from({ length: repeat }, (): Call => ({ row, text: '', key: undefined }));
      const text = show(row[by]);
      const occurrence = before.get(text) ?? 0;
      before.set(text, occurrence + 1);
      return Array.from(
        { length: repeat },
        (_, sample): Call => ({
          row,
          text,
          key: `${call} ${typed(node.kind === 'requested' ? text : row[by])}`,
          draw: `${occurrence}.${sample}`,
          side,
        }),
      );
    });
  }

  async #side(node: Node): Promise<string> {
    const value = this.graph.nodes.find((n) => n.id === node.value);
    const folder = this.graph.nodes.find((n) => n.id === node.folder);
    if (value) return short(`threshold=${JSON.stringify(this.given.value(value))};`);
    if (folder) return short(`model=${await this.given.folder(folder)};`);
    const side = node.kind === 'looked' ? node.tables[1] : undefined;
    const seen = side && this.#table(side);
    return seen ? short(sideTable('side', seen.rows, seen.columns)) : '';
  }

  #call(node: Node, call: Call, { output, at }: { output: Seen; at: number }): number {
    const { row, text, key } = call;
    const fails = this.#fails(node, call, { output, at });
    if (key === undefined || fails) {
      same(`${node.name} row ${at} failed`, fails, true);
      if (key !== undefined) this.ledger.mayFail(node, { key, text, many: isMany(node) });
      sameRow(node, at, output.rows[at], row);
      return at + 1;
    }
    this.ledger.shows(node, key);
    if (node.kind === 'filter') return this.#gives(node, call, { output, at, own: text.length % 2 ? [] : [{}] });
    if (node.kind === 'explode')
      return this.#gives(node, call, {
        output,
        at,
        own: [...text.slice(0, text.length % 4)].map((out) => ({ [node.into]: out })),
      });
    const said = String(output.rows[at]?.[node.into]);
    same(
      `${node.name} row ${at}: ${said}`,
      said.replace(/(@[0-9a-f]+)?(#\d+)?$/, ''),
      `${text}${answerOf(node)}${call.side ?? ''}`,
    );
    this.ledger.answer(node, { key, draw: call.draw, said, ran: this.given.ran(node) });
    return this.#gives(node, call, { output, at, own: [{ [node.into]: said }] });
  }

  /** A dropped row leaves no place: a failed one is known by what it passes on. */
  #fails(node: Node, { row, text, key }: Call, { output, at }: { output: Seen; at: number }): boolean {
    if (!output.failed.has(at)) return false;
    if (key === undefined || !isMany(node)) return true;
    return this.ledger.failsToday(text) && told(output.rows[at]) === told(row);
  }

  #gives(node: Node, { row }: Call, { output, at, own }: { output: Seen; at: number; own: readonly Row[] }): number {
    for (const [k, more] of own.entries()) sameRow(node, at + k, output.rows[at + k], { ...row, ...more });
    return at + own.length;
  }
}

interface Call {
  readonly row: Row;
  readonly text: string;
  /** None where the row failed above. */
  readonly key: string | undefined;
  readonly draw?: string;
  readonly side?: string;
}

const isMany = ({ kind }: Node): boolean => kind === 'filter' || kind === 'explode';

const KIND_NAMES: Partial<Record<Node['kind'], string>> = { coded: 'pure', drawn: 'sampled' };

const withOf = (node: Node): unknown => (node.kind === 'drawn' ? null : node.config);
const answerOf = (node: Node): string =>
  JSON.stringify([
    withOf(node),
    node.kind === 'coded' ? `v${node.code}` : null,
    node.kind === 'coded' ? 1 : 1 + node.code,
  ]);

/** All that a call depends on but its row, as the kit writes it down. */
export const callOf = (node: Node, side: string): string =>
  `${KIND_NAMES[node.kind] ?? node.kind}(${answerOf(node)}${side})`;

export function same(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: is ${a}, should be ${b}`);
}

const sameRows = (node: Node, found: readonly Row[], expected: readonly Row[]): void => {
  same(`rows of ${node.name} (${node.kind})`, found.length, expected.length);
  for (const [i, row] of expected.entries()) sameRow(node, i, found[i], row);
};

const sameRow = (node: Node, at: number, found: Row | undefined, expected: Row): void =>
  same(`${node.name} (${node.kind}) row ${at}`, told(found), told(expected));

const told = (row: Row | undefined): string =>
  Object.entries(row ?? { no: 'row' })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}:${typeof value}:${show(value)}`)
    .sort()
    .join('|');
