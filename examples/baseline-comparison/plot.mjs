import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [summary, folder] = process.argv.slice(2);
const rows = readFileSync(summary, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const COLORS = { exact: '#4472c4', close: '#c5d4ee' };
const HEIGHT = 200;
const WIDTH = 120;

const models = [...new Set(rows.map(({ model }) => model))];
const percent = (value) => `${(100 * value).toFixed(1)} %`;

function bar({ metric, model, value, low, high }) {
  const x = 40 + models.indexOf(model) * WIDTH + (metric === 'exact' ? 0 : 48);
  const y = (share) => 20 + HEIGHT * (1 - share);
  return [
    `<rect x="${x}" y="${y(value)}" width="44" height="${HEIGHT * value}" fill="${COLORS[metric]}"/>`,
    `<line x1="${x + 22}" x2="${x + 22}" y1="${y(low)}" y2="${y(high)}" stroke="#333"/>`,
    `<title>${model}, ${metric}: ${percent(value)}</title>`,
  ].join('');
}

const name = (model, at) => `<text x="${40 + at * WIDTH}" y="${HEIGHT + 40}" font-family="sans-serif">${model}</text>`;
const drawn = rows.filter(({ value }) => value !== null);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${60 + models.length * WIDTH}" height="${HEIGHT + 60}">
${drawn.map((row) => `<g>${bar(row)}</g>`).join('\n')}
${models.map(name).join('\n')}
</svg>
`;

const line = ({ model, metric, value, low, high, n, failed }) =>
  `| ${model} | ${metric} | ${value === null ? '–' : percent(value)} | ${value === null ? '–' : `${percent(low)} – ${percent(high)}`} | ${n} | ${failed} |`;

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'report.svg'), svg);
writeFileSync(
  join(folder, 'report.md'),
  ['| model | metric | value | 95 % | rows | failed |', '|---|---|---|---|---|---|', ...rows.map(line), ''].join('\n'),
);
console.log(`${models.length} models drawn`);
