import { sha } from '../digest.js';
import type { Load, MethodCall, Reference } from '../syntax/references.js';
import { type Shape, shapeOf } from '../syntax/shape.js';
import type { FunctionNode, Identifier, Node } from '../syntax/syntax.js';
import type { Module, Unit } from './module.js';
import { tellsNames } from './named.js';
import { type Spot, writtenName } from './place.js';

export interface Reached {
  readonly name: string;
  readonly spot: Spot;
  readonly digest: string;
}

/** A function, where it stands, and the names that it is given from outside. */
export interface Root {
  readonly module: Module;
  readonly unit: Unit;
  readonly node: FunctionNode;
  readonly given: readonly string[];
}

/** A piece of code in a slice: the function itself, or a unit that it reaches. */
export interface Piece {
  readonly module: Module;
  readonly shape: Shape;
  readonly references: readonly Reference[];
  readonly loads: readonly Load[];
  readonly methods: readonly MethodCall[];
  readonly reached: Reached;
  readonly given: readonly string[];
  /** Is the name of a class part of what it answers? */
  readonly tellsNames: boolean;
}

/** The function itself. */
export const rootPiece = ({ module, unit, node, given }: Root): Piece => {
  const inside = <T extends { readonly node: Node }>(each: T) =>
    node.start <= each.node.start && each.node.end <= node.end;
  const shape = shapeOf(node, module.scopes);
  const reached = reachedOf(nameOf(node, unit), { module, node }, shape);
  const { references, loads, methods } = unit;
  return {
    module,
    shape,
    reached,
    given,
    references: references.filter(inside),
    loads: loads.filter(inside),
    methods: methods.filter(inside),
    tellsNames: tellsNames(reached.spot),
  };
};

const nameOf = (node: FunctionNode, unit: Unit) =>
  node.type !== 'ArrowFunctionExpression' && node.id ? node.id.name : unit.name;

const nameOfUnit = ({ module, bindings: [binding], name }: Unit) => {
  const [identifier] = binding?.identifiers ?? [];
  return identifier ? writtenName({ module, node: identifier }, name) : name;
};

const reachedOf = (name: string, spot: Spot, shape: Shape): Reached => ({ name, spot, digest: sha(shape.text) });

const pieceByUnit = new WeakMap<Unit, Piece>();

/** Many functions reach the same units: what is the same for all of them is made once. */
export const pieceOf = (unit: Unit): Piece => {
  const known = pieceByUnit.get(unit);
  if (known) return known;
  const { module, references, loads, methods, node } = unit;
  const shape = shapeOf(node, module.scopes);
  const reached = reachedOf(nameOfUnit(unit), { module, node }, shape);
  const piece = { module, shape, references, loads, methods, given: [], reached, tellsNames: tellsNames(reached.spot) };
  pieceByUnit.set(unit, piece);
  return piece;
};

const referencesByPiece = new WeakMap<Piece, Map<Identifier, Reference>>();

export const referenceAt = (name: Identifier, piece: Piece): Reference | undefined => {
  const known = referencesByPiece.get(piece) ?? new Map(piece.references.map((each) => [each.node, each]));
  referencesByPiece.set(piece, known);
  return known.get(name);
};
