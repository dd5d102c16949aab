import { dirname, join } from 'node:path';
import type {
  AnyFunction,
  Code,
  CodeAnswer,
  CodeDeclaration,
  CodeReader,
  CodeRefusal,
} from '../../../core/src/ports/code.js';
import type { Analysis } from './analysis.js';
import { type Answer, type Answers, answersIn, type KeptSlice } from './answers.js';
import { digestOf, environment, realPath, sha } from './disk.js';
import { capturedBy, thisIn, unmentioned } from './examine.js';
import { type Finder, type Found, finderIn } from './find.js';
import { isDeclaredRead, isReadWord } from './impure.js';
import { loneFunction } from './lone.js';
import { placeOf } from './place.js';
import { type Slice, sliceOf } from './slice.js';
import type { Kept, PackageUse } from './snapshot.js';

/** Whatever a reader answers from. */
export interface Ground {
  readonly kept?: Kept;
  readonly analysis: () => Analysis;
  /** Files named to the reader, for messages. */
  readonly sites: readonly string[];
}

const SCHEME = 'millrace code 1';

export const readerOn = (ground: Ground): CodeReader => {
  const answers = answersOf(ground);
  const finder = lazyFinder(ground);
  return {
    read: (fn, declared, site) => {
      const problem = wrongDeclaration(fn, declared);
      if (problem) return { refused: problem };
      if (declared.version !== undefined)
        return finish(
          { digest: `version ${typeof declared.version} ${declared.version}`, units: [], packages: [], reads: [] },
          { declared, ground, ...at(site) },
        );
      const text = Function.prototype.toString.call(fn);
      const given = Object.keys(declared.uses ?? {}).sort();
      const key = sha(JSON.stringify([text, given, site ?? null]));
      const answer = answers.get(key) ?? remember(answers, key, ask({ text, given, ...at(site) }, finder));
      return 'refused' in answer ? answer : finish(answer.slice, { declared, ground, ...at(site) });
    },
  };
};

const at = (site: string | undefined) => (site === undefined ? {} : { site });

const answersOf = ({ kept }: Ground): Answers => {
  if (kept) return answersIn(join(kept.folder, 'answers'));
  const known = new Map<string, Answer>();
  return { get: (key) => known.get(key), put: (key, answer) => known.set(key, answer) };
};

const remember = (answers: Answers, key: string, answer: Answer): Answer => {
  answers.put(key, answer);
  return answer;
};

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

const wrongDeclaration = (fn: AnyFunction, { version, reads = [] }: CodeDeclaration): CodeRefusal | undefined => {
  const unknown = reads.filter((word) => !isReadWord(word));
  if (unknown.length > 0)
    return {
      why: 'unreadable',
      detail: `reads: ${unknown.join(', ')} is none of clock, random, network, locale, argv, host, env:NAME, file:PATH`,
    };
  if (version !== undefined || !NATIVE.test(Function.prototype.toString.call(fn))) return undefined;
  return {
    why: 'bound or native',
    detail: `${fn.name || 'the function'} shows no text: write (row) => f(row) around it, or say version`,
  };
};

interface Question {
  readonly text: string;
  readonly given: readonly string[];
  readonly site?: string;
}

interface Known {
  readonly analysis: Analysis;
  readonly finder: Finder;
  readonly sites: readonly string[];
}

const lazyFinder = (ground: Ground): (() => Known) => {
  let known: Known | undefined;
  return () => {
    if (known) return known;
    const analysis = ground.analysis();
    known = { analysis, finder: finderIn(analysis.universe), sites: ground.sites };
    return known;
  };
};

const ask = (question: Question, known: () => Known): Answer => {
  const { analysis, finder, sites } = known();
  const exact = finder.byText(question.text);
  const found = exact.length > 0 ? exact : finder.byForm(question.text);
  if (found.length === 0) return askLone(question, sites);
  return settle(found, question, analysis);
};

/** Several functions may look alike: it is only asked which one it is where that makes a difference. */
const settle = (found: readonly Found[], question: Question, analysis: Analysis): Answer => {
  const site = question.site === undefined ? undefined : realPath(question.site);
  const near = found.filter(({ module, node }) => module.origin(node.start)?.file === site);
  const answers = (near.length > 0 ? near : found).map((each) => judge(each, question, analysis));
  const [first] = answers;
  const digests = new Set(answers.map((answer) => ('slice' in answer ? answer.slice.digest : 'refused')));
  if (first && digests.size === 1) return first;
  const places = found.map((each) => {
    const { file, line } = placeOf(each, analysis.universe.root);
    return `${file}:${line}`;
  });
  return {
    refused: {
      why: 'not found',
      detail: `the same text stands at ${places.join(' and ')} and means different things there: give each a name, or say version`,
    },
  };
};

const judge = (found: Found, { given }: Question, { universe, effects }: Analysis): Answer => {
  const own = thisIn(found);
  const place = (node: Found['node'] | Slice['strangers'][number]['node']) =>
    placeOf({ module: found.module, node }, universe.root);
  if (own) return { refused: { why: 'this', names: own.names, at: place(own.node) } };
  const captured = capturedBy(found, given);
  if (captured) return { refused: { why: 'captures', names: captured.names, at: place(captured.node) } };
  const unused = unmentioned(found, given);
  if (unused.length > 0)
    return {
      refused: {
        why: 'unreadable',
        detail: `uses names ${unused.join(', ')}, which the function does not mention`,
        at: place(found.node),
      },
    };
  return weigh(sliceOf({ ...found, given }, universe, effects), universe.root);
};

const weigh = (slice: Slice, root: string): Answer => {
  const [stranger] = slice.strangers;
  if (stranger)
    return {
      refused: {
        why: 'captures',
        names: [...new Set(slice.strangers.map(({ name }) => name))],
        at: placeOf(stranger, root),
      },
    };
  const [dark] = slice.unreadable;
  if (dark)
    return {
      refused: {
        why: 'unreadable',
        detail: `${dark.name}(…) makes or chooses code while it runs: say version`,
        at: placeOf(dark, root),
      },
    };
  return { slice: keep(slice, root) };
};

const keep = ({ digest, units, packages, reads }: Slice, root: string): KeptSlice => ({
  digest,
  packages,
  units: units.map(({ name, spot, digest: own }) => {
    const { file, line } = placeOf(spot, root);
    return { name, place: `${file}:${line}`, digest: own };
  }),
  reads: reads.map(({ word, name, spot }) => ({ word, name, at: placeOf(spot, root) })),
});

/** Where no file holds it, a function must do with itself. */
const askLone = (question: Question, sites: readonly string[]): Answer => {
  const lone = loneFunction(question.text);
  const where = sites.length > 0 ? ` in ${sites.join(', ')} or what they import` : '';
  if (!lone) return { refused: { why: 'unreadable', detail: 'the text of the function is no function: say version' } };
  const answer = judge(lone.found, question, lone.analysis);
  if (!('refused' in answer) || answer.refused.why !== 'captures') return answer;
  const names = answer.refused.names.join(', ');
  return {
    refused: {
      why: 'not found',
      detail: `the function was not found${where}, and cannot be read alone because it needs ${names}: pass them as uses: { ${names} }, or say version`,
    },
  };
};

interface Finishing {
  readonly declared: CodeDeclaration;
  readonly ground: Ground;
  readonly site?: string;
}

/** Adds what lies outside the text: packages as installed, and what the author declared to read, by content. */
const finish = (slice: KeptSlice, { declared, ground, site }: Finishing): CodeAnswer => {
  const words = [...new Set(declared.reads ?? [])].sort();
  const secret = slice.reads.filter((read) => !isDeclaredRead({ ...read, node: undefined as never }, words));
  const [first] = secret;
  if (first)
    return { refused: { why: 'undeclared read', names: [...new Set(secret.map(({ name }) => name))], at: first.at } };
  const read = words.map((word) => readUnit(word, site ?? ground.sites[0]));
  const absent = read.find((unit) => unit.digest === '');
  if (absent)
    return {
      refused: {
        why: 'unreadable',
        detail: `reads: '${absent.name}': there is no such file beside ${site ?? ground.sites[0] ?? 'the project'}`,
      },
    };
  const packages = versionsFor(slice, ground);
  const digest = sha(JSON.stringify([SCHEME, slice.digest, packages, read.map((unit) => [unit.name, unit.digest])]));
  const code: Code = { digest, units: [...slice.units, ...read], packages };
  return { code };
};

const readUnit = (word: string, site: string | undefined) => {
  const [kind, rest] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
  if (kind === 'env') return { name: word, place: '', digest: sha(JSON.stringify(environment(rest) ?? null)) };
  if (kind === 'file')
    return { name: word, place: rest, digest: digestOf(site ? join(dirname(site), rest) : rest) ?? '' };
  return { name: word, place: '', digest: 'declared' };
};

const versionsFor = (slice: KeptSlice, { kept }: Ground): Record<string, string> => {
  const uses: readonly PackageUse[] = kept?.snapshot.packages ?? [];
  const all = new Map<string, Set<string>>();
  for (const wanted of slice.packages) {
    const use = uses.find((each) => each.package === wanted.package && each.folder === wanted.folder);
    for (const [name, version] of Object.entries(use?.versions ?? { [wanted.package]: 'unknown' }))
      all.set(name, (all.get(name) ?? new Set()).add(version));
  }
  return Object.fromEntries(
    [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, versions]) => [name, [...versions].sort().join(' ')]),
  );
};
