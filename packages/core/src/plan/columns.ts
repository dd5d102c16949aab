import type { Columns } from '../columns/type.js';
import { nearest } from '../declare/nearest.js';
import type { TableOutput } from '../ports/store.js';
import { columnsOf, type Known as Inputs, type Node, type NodeInput, nameOf, rowsWork, wholeWork } from './node.js';
import { outputsOf, type Plan } from './plan.js';
import { columnsNamed, columnsSeen } from './seen.js';
import type { Problem } from './survey.js';

type Missing = Extract<Problem, { readonly message: string }>;
type Known = Readonly<Record<string, Columns | undefined>>;

/** What stages say of columns and is not so, found before anything is spent. Open tables are known once they are stored. */
export function missingColumns(plan: Plan): Problem[] {
  const parts = new Map<Node, Known>();
  const problems: Problem[] = [];
  for (const { node, decision } of plan.steps) {
    const inputs = Object.fromEntries(
      node.inputs.map(({ role, part, node: above }) => [role, parts.get(above)?.[part]]),
    );
    const stored = outputsOf(decision);
    if (stored) {
      parts.set(node, storedColumns(stored));
      continue;
    }
    const { columns, wrong } = checked(node, inputs);
    parts.set(node, columns);
    if (decision.status === 'run' || decision.status === 'later') problems.push(...wrong);
  }
  return problems;
}

/** The columns that a stage will give, where they are known, or what stands against them. */
function checked(
  node: Node,
  inputs: Known,
  there: Known = inputs,
): { readonly columns: Known; readonly wrong: Missing[] } {
  const wrong = [...missingOf(node, inputs), ...takenOf(node, there)];
  if (wrong.length) return { columns: {}, wrong };
  try {
    return { columns: declared(node, inputs), wrong };
  } catch (error) {
    const message = `${nameOf(node)}: ${(error as Error).message}`;
    return { columns: {}, wrong: [{ is: 'columns', stage: nameOf(node), message }] };
  }
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
  return node.inputs.flatMap((input) => {
    const columns = inputs[input.role];
    if (!columns) return [];
    const absent = columnsNamed(node, input.role, columns).filter((name) => !Object.hasOwn(columns, name));
    return absent.map((name) => absentFrom(input, name, { node, columns }));
  });
}

/** The same once the inputs are there: of an open table the columns are known only then. */
export function missingNow(node: Node, inputs: Inputs): Missing[] {
  const of = (columns: (role: string, output: TableOutput) => Columns | undefined) =>
    Object.fromEntries(
      Object.entries(inputs).map(([role, output]) => [role, output.is === 'table' ? columns(role, output) : undefined]),
    );
  const seen = of((role, output) => columnsSeen(node, role, output));
  return checked(
    node,
    seen,
    of((_, output) => columnsOf(output)),
  ).wrong;
}

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
      message: `${nameOf(node)} adds a column ${name}, which its input has already. Choose another name for it: a stage adds columns and takes none away.`,
    }));
}

function absentFrom(
  { node: above }: NodeInput,
  name: string,
  { node, columns }: { node: Node; columns: Columns },
): Missing {
  const names = Object.keys(columns);
  const close = nearest(name, names);
  const message = `${nameOf(node)} reads the column ${name}, which ${nameOf(above)} does not have. ${close ? `Did you mean ${close}? ` : ''}Its columns: ${names.join(', ') || 'none'}.`;
  return { is: 'columns', stage: nameOf(node), message };
}
