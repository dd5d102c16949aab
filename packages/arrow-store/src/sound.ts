import { type Entry, folderProblem, type Output, objectsOf } from '@millrace/core';
import { isObject, safe } from './keys.js';

/**
 * Why a record is not believed. Anybody who may write into a store can sign one: what it says must not lead out of the
 * store, or out of the folder that its files are put in.
 */
export const recordProblem = (said: unknown, fingerprint: string): string | undefined => {
  if (!isEntry(said)) return 'it does not say what a record says';
  if (said.fingerprint !== safe(fingerprint)) return 'a record of another fingerprint stands here';
  for (const [part, output] of Object.entries(said.parts)) {
    const problem = output.is === 'folder' ? folderProblem(output) : undefined;
    if (problem !== undefined) return `the list of files of ${JSON.stringify(part)} is not to be believed: ${problem}`;
  }
  const odd = objectsOf(said).find((object) => !isObject(object));
  return odd && `it names an object as no object is named: ${JSON.stringify(odd)}`;
};

const isEntry = (said: unknown): said is Entry => {
  const { fingerprint, label, ...rest } = (said ?? {}) as Partial<Entry>;
  const all = [rest.parts, rest.inputs, rest.cost, rest.worth, rest.facts, rest.detail];
  return typeof fingerprint === 'string' && typeof label === 'string' && all.every(isPlain) && isOutputs(rest.parts);
};

const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null;

const isOutputs = (parts: unknown): boolean => Object.values(parts as object).every(isOutput);

const isOutput = (output: Partial<Output> | null): boolean => {
  if (output?.is === 'folder') return Array.isArray(output.files) && output.files.every(isPlain);
  if (output?.is === 'table') return Array.isArray(output.groups) && output.groups.every(isGroup);
  return output?.is === 'value';
};

const isGroup = (group: { readonly segments?: unknown; readonly maps?: unknown } | null): boolean =>
  Array.isArray(group?.segments) && Array.isArray(group.maps) && group.segments.every((s) => isPlain(s?.digests));
