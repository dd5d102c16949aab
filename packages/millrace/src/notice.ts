import { warn } from './process.js';
import { oneLine } from './render/lines.js';

const said = new Set<string>();

/** What is left out, and why: once for each process, beside what a command prints. */
export function notice(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  warn(`millrace: ${oneLine(text)}\n`);
}
