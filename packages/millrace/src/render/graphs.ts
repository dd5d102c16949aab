import type { GraphShown } from '../command/graph.js';
import { cut, oneLine } from './lines.js';

const COLOURS: Readonly<Record<string, string>> = {
  reused: '#d8f0dc',
  'cut off': '#d8f0dc',
  run: '#fde3c8',
  later: '#fdf6c8',
};
const colourOf = (status: string | undefined): string => COLOURS[status ?? ''] ?? '#e8eef7';

export function mermaid({ stages, edges }: GraphShown): string {
  const text = (value: string) => oneLine(value).replaceAll('"', '#quot;');
  return [
    'flowchart LR',
    ...stages.map(({ id, name, label }) => `  ${id}["${text(name)}<br/><small>${text(cut(label, 40))}</small>"]`),
    ...edges.map(({ from, to, part }) => `  ${from} -->${part === 'main' ? '' : `|"${text(part)}"|`} ${to}`),
    ...stages.filter(({ status }) => status).map(({ id, status }) => `  style ${id} fill:${colourOf(status)}`),
    '',
  ].join('\n');
}

export function dot({ stages, edges }: GraphShown): string {
  const text = (value: string) => JSON.stringify(oneLine(value));
  return [
    'digraph pipeline {',
    '  rankdir=LR; node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ...stages.map(
      ({ id, name, label, status }) =>
        `  ${id} [label=${text(`${name}\\n${cut(label, 40)}`).replaceAll('\\\\n', '\\n')}, fillcolor="${colourOf(status)}"];`,
    ),
    ...edges.map(({ from, to, part }) => `  ${from} -> ${to}${part === 'main' ? '' : ` [label=${text(part)}]`};`),
    '}',
    '',
  ].join('\n');
}

const BOX = { wide: 190, high: 48, right: 60, below: 22, edge: 16 };

/** Columns by the longest way from a source. Drawn without any tool. */
export function svg({ stages, edges }: GraphShown): string {
  const column = new Map<string, number>();
  for (const { id } of stages)
    column.set(id, Math.max(0, ...edges.filter(({ to }) => to === id).map(({ from }) => (column.get(from) ?? 0) + 1)));
  const filled: number[] = [];
  const places = new Map(
    stages.map(({ id }) => {
      const x = column.get(id) as number;
      const y = filled[x] ?? 0;
      filled[x] = y + 1;
      return [id, { x: BOX.edge + x * (BOX.wide + BOX.right), y: BOX.edge + y * (BOX.high + BOX.below) }];
    }),
  );
  const wide = BOX.edge * 2 + filled.length * (BOX.wide + BOX.right) - BOX.right;
  const high = BOX.edge * 2 + Math.max(...filled) * (BOX.high + BOX.below) - BOX.below;
  const line = ({ from, to }: { from: string; to: string }) => {
    const [a, b] = [places.get(from), places.get(to)] as [{ x: number; y: number }, { x: number; y: number }];
    const [x1, y1, x2, y2] = [a.x + BOX.wide, a.y + BOX.high / 2, b.x, b.y + BOX.high / 2];
    return `<path d="M${x1} ${y1} C${x1 + 30} ${y1} ${x2 - 30} ${y2} ${x2} ${y2}" fill="none" stroke="#556" marker-end="url(#a)"/>`;
  };
  const box = ({ id, name, label, status }: GraphShown['stages'][number]) => {
    const { x, y } = places.get(id) as { x: number; y: number };
    return `<g><rect x="${x}" y="${y}" width="${BOX.wide}" height="${BOX.high}" rx="6" fill="${colourOf(status)}" stroke="#556"/><text x="${x + 10}" y="${y + 20}" font-weight="600">${escaped(cut(name, 24))}</text><text x="${x + 10}" y="${y + 37}" font-size="11" fill="#445">${escaped(cut(label, 30))}</text></g>`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" font-family="system-ui, sans-serif" font-size="13">`,
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#556"/></marker></defs>',
    `<rect width="${wide}" height="${high}" fill="#fff"/>`,
    ...edges.map(line),
    ...stages.map(box),
    '</svg>',
    '',
  ].join('\n');
}

export const escaped = (text: string): string =>
  oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
