import { cut, oneLine } from './lines.js';
import { figure } from './words.js';

const HIDDEN = new Set(['aliasOf', 'metrics']);

/** A stage's own facts on one line: splits and counts, metrics, where it lies. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .filter(([name, value]) => !HIDDEN.has(name) && value !== null && value !== undefined)
    .slice(0, 4)
    .map(([name, value]) => `${name} ${factText(value)}`)
    .join(', ');
}

function factText(value: unknown): string {
  if (typeof value === 'number') return figure(value);
  if (typeof value === 'string') return cut(oneLine(value), 40);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value)
      .slice(0, 4)
      .map(([name, inner]) => `${name} ${typeof inner === 'number' ? figure(inner) : cut(oneLine(String(inner)), 16)}`)
      .join(' ');
  return cut(oneLine(JSON.stringify(value) ?? ''), 40);
}
