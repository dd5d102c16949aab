import { basename, join } from 'node:path';
import type {
  AnyFunction,
  CodeDeclaration,
  CodePlace,
  CodeReader,
  CodeRefusal,
  CodeUnit,
  FunctionUse,
  MadeFunctions,
  MakeHow,
} from '@millrace/core';
import { type Kept, packageFiles } from '../bundle/snapshot.js';
import { type Agreements, agreementsIn } from '../checks/agreements.js';
import { sha } from '../digest.js';
import { fileOf } from '../disk.js';
import { alikeIn } from './alike.js';
import { type Analysis, analyse } from './analysis.js';
import { type Answer, type Answers, answersIn, type KeptSlice } from './answers.js';
import { NO_EFFECTS } from './effects.js';
import { capturedBy, thisIn, unmentioned } from './examine.js';
import { type Finder, type Found, finderIn } from './find.js';
import { finish } from './finish.js';
import { isReadWord } from './impure.js';
import { loneFunction } from './lone.js';
import type { ParamsOf } from './params.js';
import type { Reached } from './piece.js';
import { placeOf } from './place.js';
import { type Slice, sliceOf } from './slice.js';
import { NO_SURROUNDINGS } from './universe.js';

/** A function where it stands, with all that is known around it. */
export interface Placed {
  readonly found: Found;
  readonly analysis: Analysis;
}

export interface Making {
  readonly nature: MakeHow['nature'];
  readonly find: (text: string) => Placed | undefined;
  /** One that is in no key, where its text alone says what it means. */
  readonly findHandle: (text: string) => Placed | undefined;
  readonly handles?: MakeHow['handles'];
  /** Of all the user's files. */
  readonly analysis: () => Analysis;
  readonly agreements: Agreements;
  /** Takes what they print. */
  readonly print: MakeHow['print'];
  /** Takes what somebody should know who reads what they answer. */
  readonly note: MakeHow['note'];
}

export type MakeFunctions = (uses: Readonly<Record<string, FunctionUse>>, making: Making) => Promise<MadeFunctions>;

/** Whatever a reader answers from. */
export interface Ground {
  readonly kept?: Kept;
  /** Files named to the reader, for messages. */
  readonly sites: readonly string[];
  /** What makes functions of what was read. */
  readonly makeFunctions?: MakeFunctions | undefined;
  readonly params?: ParamsOf | undefined;
}

export const readerOn = (ground: Ground): CodeReader => {
  const answers = answersOf(ground);
  const agreements = agreementsOf(ground);
  const finder = lazyFinder(ground);
  const { packages = [], contents = {} } = ground.kept?.snapshot ?? {};
  const siteOf = (from: string | undefined) => (from === undefined ? undefined : fileOf(from)) ?? ground.sites[0];
  const { makeFunctions, params = () => ({}) } = ground;
  return {
    ...(makeFunctions && {
      make: (uses, { nature, site: from, handles = {}, print, note }) => {
        const site = siteOf(from);
        const find = (text: string) => placed(text, site, finder);
        const findHandle = (text: string) =>
          'slice' in ask({ text, given: [], ...(site ? { site } : {}) }, finder) ? find(text) : undefined;
        return makeFunctions(uses, {
          nature,
          handles,
          find,
          findHandle,
          analysis: () => finder().analysis,
          agreements: agreements(),
          print,
          note,
        });
      },
    }),
    read: (fn, declared, from) => {
      const problem = wrongDeclaration(fn, declared);
      if (problem) return { refused: problem };
      const site = siteOf(from);
      const outside = { declared, packages, contents, params, ...(site ? { site } : {}) };
      if (declared.version !== undefined) return finish(versioned(declared.version), outside);
      const text = Function.prototype.toString.call(fn);
      const given = Object.keys(declared.uses ?? {}).sort();
      const key = sha(JSON.stringify([text, given, site ?? null]));
      const answer =
        answers.get(key) ?? remember(answers, key, ask({ text, given, ...(site ? { site } : {}) }, finder));
      return 'refused' in answer ? answer : finish(answer.slice, outside);
    },
  };
};

const versioned = (version: string | number): KeptSlice => ({
  digest: `version ${typeof version} ${version}`,
  home: '',
  units: [],
  packages: [],
  mentions: [],
  beside: [],
  formats: false,
  reads: [],
  params: [],
  secrets: [],
});

/** Read when the first function is made. */
const agreementsOf = ({ kept }: Ground): (() => Agreements) => {
  let known: Agreements | undefined;
  return () => {
    known ??= agreementsIn(kept && join(kept.folder, 'agreed'));
    return known;
  };
};

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
      detail: `impure: ${unknown.join(', ')} is none of clock, random, network, locale, argv, host, place, env:NAME, file:PATH`,
    };
  const text = Function.prototype.toString.call(fn);
  if (version === undefined && NATIVE.test(text)) {
    const detail = `${fn.name || 'the function'} shows no text: write (row) => f(row) around it, or say version`;
    return { why: 'bound or native', detail };
  }
  if (version !== undefined || !/^class\b/.test(text)) return undefined;
  return { why: 'unreadable', detail: `${fn.name || 'a class'} is a class, which nobody can call: pass a function` };
};

interface Question {
  readonly text: string;
  readonly given: readonly string[];
  readonly site?: string;
}

interface Known {
  readonly analysis: Analysis;
  readonly alike: (text: string) => string | undefined;
  readonly finder: Finder;
  readonly sites: readonly string[];
}

const NOTHING: Analysis = {
  universe: { modules: new Map(), units: [], root: '', surroundings: NO_SURROUNDINGS },
  effects: NO_EFFECTS,
};

const lazyFinder = (ground: Ground): (() => Known) => {
  let known: Known | undefined;
  return () => {
    if (known) return known;
    const analysis = ground.kept ? analyse(ground.kept) : NOTHING;
    const alike = alikeIn(analysis.universe, () => (ground.kept ? packageFiles(ground.kept) : []));
    known = { analysis, alike, finder: finderIn(analysis.universe), sites: ground.sites };
    return known;
  };
};

const ask = (question: Question, known: () => Known): Answer => {
  const { analysis, alike, finder, sites } = known();
  const found = standing(question.text, finder);
  if (found.length === 0) return askLone(question, sites);
  const answer = settle(found, question, analysis);
  const other = 'slice' in answer && !isClosed(answer.slice) ? alike(question.text) : undefined;
  if (other === undefined) return answer;
  const [{ file, line }] = found.map((each) => placeOf(each, analysis.universe.root)) as [CodePlace];
  const detail = `the same text stands at ${file}:${line} and in the package file ${other}, and means another thing there: write (row) => f(row) around the function that you mean, or say version`;
  return { refused: { why: 'not found', detail } };
};

/** Its text says all of it, wherever it stands. */
const isClosed = ({ units, packages }: KeptSlice) => units.length <= 1 && packages.length === 0;

const standing = (text: string, finder: Finder): readonly Found[] => {
  const exact = finder.byText(text);
  return exact.length > 0 ? exact : finder.byForm(text);
};

/** Those in the file that declares the stage, where there are any. */
const nearest = (found: readonly Found[], site: string | undefined): readonly Found[] => {
  const near = found.filter(
    ({ module, node }) => site && (module.origin(node.start)?.file === site || module.name === basename(site)),
  );
  return near.length > 0 ? near : found;
};

/** Where a function that has been read stands: what it is made of. */
const placed = (text: string, site: string | undefined, known: () => Known): Placed | undefined => {
  const { analysis, finder } = known();
  const [found] = nearest(standing(text, finder), site);
  return found ? { found, analysis } : loneFunction(text);
};

/** Several functions may look alike: it is only asked which one it is where that makes a difference. */
const settle = (found: readonly Found[], question: Question, analysis: Analysis): Answer => {
  const answers = nearest(found, question.site).map((each) => judge(each, question, analysis));
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

const judge = (found: Found, { given }: Question, { universe, effects, formerly }: Analysis): Answer => {
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
  const answer = weigh(sliceOf({ ...found, given }, universe, effects), universe.root);
  if (!formerly || 'refused' in answer) return answer;
  const { digest } = sliceOf({ ...found, given }, formerly, effects);
  return digest === answer.slice.digest ? answer : { slice: { ...answer.slice, former: digest } };
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

const keep = ({ units, reads, secrets, holds, strangers, unreadable, ...slice }: Slice, root: string): KeptSlice => ({
  ...slice,
  secrets: secrets.map((spot) => placeOf(spot, root)),
  units: units.map((unit) => unitFor(unit, root)),
  reads: reads.map(({ word, name, spot }) => ({ word, name, at: placeOf(spot, root) })),
});

const shown = new WeakMap<Reached, CodeUnit>();

const unitFor = (reached: Reached, root: string): CodeUnit => {
  const known = shown.get(reached);
  if (known) return known;
  const { file, line } = placeOf(reached.spot, root);
  const unit = { name: reached.name, place: `${file}:${line}`, digest: reached.digest };
  shown.set(reached, unit);
  return unit;
};

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
