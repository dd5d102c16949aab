import type { Columns } from '../columns/type.js';
import { nearest } from './nearest.js';
import { columnsOf, type Known as Inputs, type Node, nameOf, rowsWork, wholeWork } from './node.js';
import { outputsOf, type Plan } from './plan.js';
import type { Problem } from './survey.js';

type Missing = Extract<Problem, { readonly message: string }>;
type Known = Readonly<Record<string, Columns | undefined>>;

/** Columns that stages read and that are not there, found before anything is spent. Open tables are known once they are stored. */
export function missingColumns(plan: Plan): Problem[] {
  const parts = new Map<Node, Known>();
  const problems: Problem[] = [];
  for (const { node, decision } of plan.steps) {
    const inputs = Object.fromEntries(
      node.inputs.map(({ role, part, node: above }) => [role, parts.get(above)?.[part]]),
    );
    if (decision.status === 'run' || decision.status === 'later')
      problems.push(...missingOf(node, inputs), ...takenOf(node, inputs));
    const stored = outputsOf(decision);
    parts.set(node, stored ? storedColumns(stored) : declared(node, inputs));
  }
  return problems;
}

const storedColumns = (outputs: NonNullable<ReturnType<typeof outputsOf>>): Known =>
  Object.fromEntries(
    Object.entries(outputs).map(([part, output]) => [
      part,
      output.is === 'table' && output.inferred ? undefined : columnsOf(output),
    ]),
  );

function declared(node: Node, inputs: Known): Known {
  const rows = rowsWork(node);
  if (!rows) return wholeWork(node)?.columns?.(node.stage.config, inputs) ?? {};
  const { config } = node.stage;
  const input = inputs[node.inputs[0]?.role ?? ''];
  const answers = rows.answers(config, input);
  if (!input || (Object.keys(answers).length === 0 && !rows.many)) return {};
  const dropped = new Set(rows.drops?.(config) ?? []);
  const kept = Object.entries(input).filter(([name]) => !dropped.has(name));
  const adds = rows.adds?.(config) ?? Object.fromEntries(Object.keys(answers).map((name) => [name, name]));
  const own = Object.entries(adds).map(([name, answer]) => [name, answers[answer]] as const);
  return {
    main: Object.fromEntries([...kept, ...own, ...Object.entries(rows.derive?.columns(config) ?? {})]) as Columns,
  };
}

function missingOf(node: Node, inputs: Known): Missing[] {
  const { config } = node.stage;
  return node.inputs.flatMap(({ role, node: above }, i) => {
    const columns = inputs[role];
    if (!columns) return [];
    const rows = i === 0 ? rowsWork(node) : undefined;
    const reads = rows ? Object.values(rows.reads(config, columns)) : (wholeWork(node)?.reads?.(config, role) ?? 'all');
    if (reads === 'all') return [];
    return reads.filter((name) => !Object.hasOwn(columns, name)).map((name) => absent(name, { node, above, columns }));
  });
}

/** The same once the inputs are there: of an open table the columns are known only then. */
export const missingNow = (node: Node, inputs: Inputs): Missing[] => {
  const there = Object.fromEntries(Object.entries(inputs).map(([role, output]) => [role, columnsOf(output)]));
  return [...missingOf(node, storedColumns(inputs)), ...takenOf(node, there)];
};

/** Names for new columns that the input has already. */
function takenOf(node: Node, inputs: Known): Missing[] {
  const rows = rowsWork(node);
  const columns = inputs[node.inputs[0]?.role ?? ''];
  if (!rows || !columns) return [];
  const { config } = node.stage;
  const dropped = new Set(rows.drops?.(config) ?? []);
  const added = [
    ...Object.keys(rows.adds?.(config) ?? rows.answers(config, columns)),
    ...Object.keys(rows.derive?.columns(config) ?? {}),
  ];
  return added
    .filter((name) => Object.hasOwn(columns, name) && !dropped.has(name))
    .map((name) => ({
      is: 'columns',
      stage: nameOf(node),
      message: `${nameOf(node)} adds a column ${name}, which its input has already. Choose another name for it, or drop the column first.`,
    }));
}

function absent(name: string, { node, above, columns }: { node: Node; above: Node; columns: Columns }): Missing {
  const names = Object.keys(columns);
  const close = nearest(name, names);
  return {
    is: 'columns',
    stage: nameOf(node),
    message: `${nameOf(node)} reads the column ${name}, which ${nameOf(above)} does not have. ${close ? `Did you mean ${close}?` : `Its columns: ${names.join(', ') || 'none'}.`}`,
  };
}
