import type { Problem } from '../plan/survey.js';
import type { CodePlace, CodeRefusal } from '../ports/code.js';

/** A problem in words: what, where, why, what now. */
export function problemText(problem: Problem): string {
  if (problem.is === 'code') return `${problem.stage}: ${refusalText(problem.fn, problem.refused)}`;
  return problem.is === 'columns' || problem.is === 'target' || problem.is === 'disk'
    ? problem.message
    : `${problem.stage}: ${problem.message}`;
}

function refusalText(fn: string, refused: CodeRefusal): string {
  switch (refused.why) {
    case 'captures':
      return `the function ${fn} uses ${list(refused.names)} from around it${at(refused.at)}, which no key can see. Give it as config (with), declare uses: { ${refused.names.join(', ')} }, or give the function a version.`;
    case 'this':
      return `the function ${fn} uses this${at(refused.at)}, whose state no key can see. Make it a plain function of its arguments, or give it a version.`;
    case 'undeclared read':
      return `the function ${fn} reads ${list(refused.names)}${at(refused.at)}, so that equal inputs may give other answers. Give the value as config, or declare impure: [${refused.words.map((word) => `'${word}'`).join(', ')}].`;
    case 'secret':
      return `the function ${fn} reads a secret${at(refused.at)}, which is in no key, so that equal rows may give other answers. Give what it needs by open, or say nature: 'answered' if it asks a service.`;
    default:
      return `the code of the function ${fn} cannot be read: ${refused.detail}${refused.at ? at(refused.at) : ''}. Declare it at the top of a module, or give it a version.`;
  }
}

const list = (names: readonly string[]): string => names.join(', ');

const at = (place: CodePlace): string => ` (${place.file}:${place.line}:${place.column})\n    ${place.text.trim()}\n `;
