import { type Above, isAssigned, takenBy } from './patterns.js';
import { exposesWhole, receiver } from './receivers.js';
import { type Binding, resolveIn, type Scopes } from './scope.js';
import { type Identifier, isFunction, keyName, type Node } from './syntax.js';

/** What happens to a value where it is mentioned. */
export interface Mention {
  /** Members read off it on the spot: `a.b[c]` is `['b', '*']`. */
  readonly path: readonly string[];
  readonly use: 'read' | 'call' | 'new' | 'write';
  readonly given: number;
  /** Names in the literal that a call is given first; `*` where some cannot be told. */
  readonly says?: readonly string[];
  /** The call hands the whole to a function: `a.map((each, at, whole) => …)`. */
  readonly exposes?: boolean;
  /** Members that a pattern takes off it on the spot: `const { a, b } = x`. */
  readonly takes?: readonly string[];
  /** Where the value goes when it is read. */
  readonly goes: 'nowhere' | 'spread' | 'builtin' | 'callback' | 'framework' | 'out';
}

/** One mention of a variable. */
export interface Reference extends Mention {
  readonly node: Identifier;
  /** Absent for globals of the language or the host. */
  readonly binding: Binding | undefined;
  /** Happens while the module is loading, not when a function is called later. */
  readonly loading: boolean;
  /** Stands in a statement whose value nobody takes: it is there for its effect. */
  readonly forEffect: boolean;
}

/** `import('…')` and `require('…')`; no specifier where it is computed. */
export interface Load extends Mention {
  readonly node: Node;
  readonly specifier?: string;
  /** Happens while the module is loading. */
  readonly loading: boolean;
}

/** A call of a method by name, whatever the object. */
export interface MethodCall {
  readonly node: Node;
  readonly name: string;
  readonly given: number;
}

export interface Sight {
  readonly references: Reference[];
  readonly loads: Load[];
  readonly methods: MethodCall[];
}

export interface Surroundings {
  readonly scopes: Scopes;
  /** Does this call belong to the framework, which calls no function while a pipeline is declared? */
  readonly isFramework: (callee: Node) => boolean;
}

interface Place {
  readonly loading: boolean;
  readonly forEffect: boolean;
  /** The call that receives this value, seen through literals. */
  readonly given: 'none' | 'framework' | 'other';
}

const AT_TOP: Place = { loading: true, forEffect: false, given: 'none' };

/** Everything a piece of a module mentions. */
export const lookAt = (root: Node, around: Surroundings): Sight => {
  const sight: Sight = { references: [], loads: [], methods: [] };
  const above: Node[] = [];
  const places: Place[] = [];
  const enter = (node: Node) => {
    const [parent, outer] = [above.at(-1), places.at(-1)];
    const place = parent && outer ? placeOf(node, parent, outer, around) : { ...AT_TOP, loading: !isFunction(root) };
    note(node, above, place);
    above.push(node);
    places.push(place);
  };
  const leave = () => {
    above.pop();
    places.pop();
  };
  const note = (node: Node, parents: readonly Node[], place: Place) => {
    if (node.type === 'Identifier') noteName(node, parents, place);
    else if (node.type === 'ImportExpression')
      sight.loads.push({ node, ...literal(node.source), ...useOf(node, parents, place), loading: place.loading });
    else if (node.type === 'CallExpression') noteCall(node, parents, place);
  };
  const noteCall = (node: Node & { type: 'CallExpression' }, parents: readonly Node[], place: Place) => {
    const { callee } = node;
    if (callee.type === 'MemberExpression')
      sight.methods.push({ node, name: keyName(callee.property, callee.computed), given: node.arguments.length });
    const [source] = isRequire(callee) ? node.arguments : [];
    if (source) sight.loads.push({ node, ...literal(source), ...useOf(node, parents, place), loading: place.loading });
  };
  const noteName = (node: Identifier, parents: readonly Node[], place: Place) => {
    const binding = around.scopes.of.get(node);
    if (binding?.identifiers.includes(node)) return;
    const { loading, forEffect } = place;
    const mention = useOf(node, parents, place);
    sight.references.push({ node, binding, ...mention, loading, forEffect });
  };
  resolveIn(around.scopes, root, { enter, leave });
  return sight;
};

/** What the bundler writes for `require` of something outside the bundle. */
export const isRequire = (callee: Node) => callee.type === 'Identifier' && callee.name === '__require';

const namesIn = (node: Node | undefined) =>
  node?.type === 'ObjectExpression'
    ? { says: node.properties.map((each) => (each.type === 'Property' ? keyName(each.key, each.computed) : '*')) }
    : {};

const literal = (node: Node) =>
  node.type === 'Literal' && typeof node.value === 'string' ? { specifier: node.value } : {};

const placeOf = (below: Node, node: Node, place: Place, around: Surroundings): Place => {
  if (isFunction(below)) return changed(place, { loading: place.loading && calledAtOnce(below, node, place, around) });
  if (isFunction(node)) return changed(place, { given: 'none', forEffect: false });
  switch (node.type) {
    case 'PropertyDefinition':
      return changed(place, { loading: place.loading && node.static });
    case 'ExpressionStatement':
      return changed(place, { forEffect: true, given: 'none' });
    case 'CallExpression':
    case 'NewExpression':
      if (below === node.callee) return changed(place, { given: 'none' });
      return changed(place, { given: around.isFramework(node.callee) ? 'framework' : 'other' });
    case 'MethodDefinition':
      return place;
    default:
      return LITERALS.has(node.type) ? place : changed(place, { given: 'none' });
  }
};

const changed = (
  place: Place,
  { loading = place.loading, forEffect = place.forEffect, given = place.given }: Partial<Place>,
): Place =>
  loading === place.loading && forEffect === place.forEffect && given === place.given
    ? place
    : { loading, forEffect, given };

const LITERALS = new Set([
  'ObjectExpression',
  'ArrayExpression',
  'Property',
  'SpreadElement',
  'ConditionalExpression',
  'LogicalExpression',
  'ClassBody',
  'ClassExpression',
]);

const calledAtOnce = (below: Node, node: Node, place: Place, around: Surroundings): boolean => {
  if (node.type === 'MethodDefinition') return place.given === 'other';
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return place.given === 'other';
  return below === node.callee || !around.isFramework(node.callee);
};

const useOf = (node: Node, parents: readonly Node[], place: Place): Mention => {
  const path: string[] = [];
  let current: Node = node;
  for (let at = parents.length - 1; at >= 0; at--) {
    const parent = parents[at]!;
    if (parent.type === 'MemberExpression' && parent.object === current)
      path.push(keyName(parent.property, parent.computed));
    else if (!(parent.type === 'ChainExpression' || isAwaited(current, parent)))
      return { path, ...endOf(current, { parents, at }, place) };
    current = parent;
  }
  return { path, use: 'read', given: 0, goes: 'out' };
};

const isAwaited = (node: Node, parent: Node) => node.type === 'ImportExpression' && parent.type === 'AwaitExpression';

const endOf = (current: Node, { parents, at }: Above, place: Place): Omit<Mention, 'path'> => {
  const parent = parents[at]!;
  const read = (goes: Reference['goes']) => ({ use: 'read', given: 0, goes }) as const;
  switch (parent.type) {
    case 'CallExpression':
    case 'NewExpression':
      if (parent.callee === current)
        return {
          use: parent.type === 'NewExpression' ? 'new' : 'call',
          given: parent.arguments.length,
          ...namesIn(parent.arguments[0]),
          exposes: exposesWhole(parent),
          goes: 'out',
        };
      return read(place.given === 'framework' ? 'framework' : receiver(parent, { parents, at: at - 1 }));
    case 'TaggedTemplateExpression':
      return { use: 'call', given: 1, goes: 'out' };
    case 'UpdateExpression':
      return { use: 'write', given: 0, goes: 'out' };
    case 'AssignmentExpression':
      return parent.left === current ? { use: 'write', given: 0, goes: 'out' } : read('out');
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === current ? { use: 'write', given: 0, goes: 'out' } : read('spread');
    case 'UnaryExpression':
      return parent.operator === 'delete' ? { use: 'write', given: 0, goes: 'out' } : read('nowhere');
    case 'SpreadElement':
      return read('spread');
    case 'BinaryExpression':
    case 'TemplateLiteral':
    case 'ExpressionStatement':
    case 'SwitchStatement':
      return read('nowhere');
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
      return read(parent.test === current ? 'nowhere' : 'out');
    case 'VariableDeclarator': {
      const takes = parent.init === current ? takenBy(parent.id) : undefined;
      return takes ? { ...read('out'), takes } : read('out');
    }
    default:
      if (isAssigned(current, { parents, at })) return { use: 'write', given: 0, goes: 'out' };
      return read(place.given === 'framework' ? 'framework' : 'out');
  }
};
