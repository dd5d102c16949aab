import type { Mention } from '../syntax/references.js';
import type { Unit } from './module.js';
import { natureOf } from './nature.js';
import type { Spot } from './place.js';
import type { Target } from './universe.js';

// Names are in no key, but for the few places where the name of a function or a class is part of an answer.
const isNamed = (unit: Unit) => ['function', 'class'].includes(natureOf(unit));
const nameOf = (unit: Unit) => (isNamed(unit) ? (unit.bindings[0]?.name ?? '') : '');

/** `f.name`, `f[x]`, `const { name } = f` */
export const namedBy = (target: Target, mention: Mention | undefined): string => {
  if (!mention || target.is !== 'units') return '';
  const members = mention.path.length > 0 ? mention.path.slice(0, 1) : (mention.takes ?? []);
  if (!members.some((member) => member === 'name' || member === '*')) return '';
  return target.units.map((unit) => ` named:${nameOf(unit)}`).join('');
};

/** An object tells the name of its class by itself. */
export const tellsNames = ({ module, node }: Spot) => CLASS_NAME.test(module.text.slice(node.start, node.end));

const CLASS_NAME = /\bconstructor\s*(\?\.|\.|:\s*\{)\s*name\b|\bnew\.target\s*\.\s*name\b/;

export const namesOf = (units: Iterable<Unit>) => [...units].map(nameOf).filter(Boolean).join(' ');
