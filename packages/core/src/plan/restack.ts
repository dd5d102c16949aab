import { digestValue } from '../identity/digest.js';
import type { Digest, Group, ObjectId, Stored, StoredColumn, TableOutput } from '../ports/store.js';
import { columnsDeclared, inDeclaredOrder } from './declared.js';
import { columnKey, type Known, type Node, rowsWork } from './node.js';

type Outputs = Stored['parts'];
type Entry = Pick<Stored, 'parts' | 'rows' | 'selects'>;

/** A table whose rows are an input's: which of its columns it passes on, and through which map. */
export interface Passing {
  readonly from: string;
  readonly own: readonly string[];
  readonly dropped: readonly string[];
  /** Output row → input row; without one the rows are the same. */
  readonly map?: ObjectId;
  readonly passed: Readonly<Record<string, Digest>>;
}

/**
 * What an entry's parts are beside the inputs there are now. A stage keeps only its own columns; what it passes on is the
 * input's, wherever that is stored today and also where it changed in columns that are not read. Undefined: the rows
 * passed on through a map changed, and must be looked at anew.
 */
export function outputsNow(node: Node, entry: Entry, known: Known): Outputs | undefined {
  const parts: Record<string, Outputs[string]> = {};
  const declared = columnsDeclared(node, known);
  for (const [part, output] of Object.entries(entry.parts)) {
    const passing = passingOf(node, entry, part);
    const input = passing && known[passing.from];
    const now = input?.is === 'table' && output.is === 'table' ? restacked(output, passing as Passing, input) : output;
    if (!now) return undefined;
    parts[part] = now.is === 'table' ? inDeclaredOrder(now, declared[part]) : now;
  }
  return parts;
}

function passingOf(node: Node, { rows, selects }: Entry, part: string): Passing | undefined {
  const work = rowsWork(node);
  const first = node.inputs[0];
  if (!work || !first || !rows) return selects?.[part];
  const { own, passed, parents } = rows;
  return {
    from: first.role,
    own,
    passed,
    dropped: work.drops?.(node.stage.config) ?? [],
    ...(parents && { map: parents }),
  };
}

/** Columns of an input that go on. */
export const passedColumns = (input: TableOutput, dropped: readonly string[]): readonly StoredColumn[] =>
  input.columns.filter((column) => !dropped.includes(column.name));

/** What a map was made over: where any of it changed, rows are not passed on unseen. */
export const passedDigests = (
  columns: readonly StoredColumn[],
  splits: TableOutput['splits'],
): Record<string, Digest> => ({
  ...Object.fromEntries(columns.map((c) => [columnKey(c.name), c.digest])),
  ...(splits && { '#splits': digestValue(splits) }),
});

function restacked(output: TableOutput, passing: Passing, input: TableOutput): TableOutput | undefined {
  const passed = passedColumns(input, passing.dropped);
  if (passed.some((c) => passing.own.includes(c.name))) return undefined;
  if (passing.map && !sameDigests(passing.passed, passedDigests(passed, input.splits))) return undefined;
  return stack(output, { passed, passing, input });
}

function sameDigests(a: Readonly<Record<string, Digest>>, b: Readonly<Record<string, Digest>>): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}

/** The input's columns, where they are now, with a stage's own on top. */
function stack(
  output: TableOutput,
  { passed, passing, input }: { passed: readonly StoredColumn[]; passing: Passing; input: TableOutput },
): TableOutput {
  const groups = new Groups();
  const digests = new Map(output.columns.map((c) => [columnKey(c.name), c.digest]));
  const { map } = passing;
  const seen = (group: Group): Group => (map ? { ...group, maps: [...group.maps, map] } : group);
  const columns = [
    ...passed.map((c) => ({
      ...c,
      ...(map && { digest: digests.get(c.name) as Digest }),
      group: groups.place(input.groups[c.group] as Group, seen),
    })),
    ...output.columns
      .filter((c) => passing.own.includes(c.name))
      .map((c) => ({ ...c, group: groups.place(output.groups[c.group] as Group, (group) => group) })),
  ];
  const { splits: _, ...rest } = output;
  const splits = map ? output.splits : input.splits;
  const inferred = output.inferred || input.inferred;
  return { ...rest, columns, groups: groups.all, ...(splits && { splits }), ...(inferred && { inferred }) };
}

/** Groups in the order in which columns first need them. */
class Groups {
  readonly all: Group[] = [];
  readonly #at = new Map<Group, number>();

  place(group: Group, as: (group: Group) => Group): number {
    const known = this.#at.get(group);
    if (known !== undefined) return known;
    this.#at.set(group, this.all.length);
    return this.all.push(as(group)) - 1;
  }
}
