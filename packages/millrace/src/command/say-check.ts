import { writeText } from '../disk.js';
import { countCells, metricName, signed, valueText } from '../render/diff-lines.js';
import { aligned } from '../render/lines.js';
import { type Checked, check } from './check.js';
import type { MetricValue } from './metrics.js';
import { openProject } from './opened.js';
import { projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const opened = await openProject(projectAsked(line));
  const drop = line.text('max-drop');
  const missing = line.text('max-missing');
  const checked = await check(
    {
      min: line.texts('min'),
      max: line.texts('max'),
      maxDrop: drop === undefined ? undefined : Number(drop),
      maxMissing: missing === undefined ? undefined : Number(missing),
      baseline: line.text('baseline'),
    },
    opened,
  );
  if (session.json) session.tell(checked);
  const markdown = line.text('markdown');
  if (markdown !== undefined) writeText(markdown, markdownOf(checked));
  session.say([
    ...aligned([HEAD, ...checked.metrics.map(cellsOf)]),
    ...checked.failures.map((text) => session.paint('red', text)),
    checked.ok ? 'all good' : 'not good enough',
  ]);
  return checked.ok ? 0 : 1;
};

const HEAD = ['metric', 'value', 'change', 'n', 'missing', 'failed'];

const cellsOf = ({ before, after }: Checked['metrics'][number]): string[] => [
  metricName((after ?? before) as MetricValue),
  valueText(after),
  typeof before?.value === 'number' && typeof after?.value === 'number' ? signed(after.value - before.value) : '',
  ...countCells(undefined, after),
];

/** For a pull request. */
const markdownOf = ({ ok, metrics, failures }: Checked): string =>
  [
    `### Metrics: ${ok ? 'good' : 'not good enough'}`,
    '',
    `| ${HEAD.join(' | ')} |`,
    `|${' --- |'.repeat(HEAD.length)}`,
    ...metrics.map(
      (pair) =>
        `| ${cellsOf(pair)
          .map((cell) => cell.replaceAll('|', '\\|'))
          .join(' | ')} |`,
    ),
    ...(failures.length ? ['', ...failures.map((text) => `- ${text}`)] : []),
    '',
  ].join('\n');
