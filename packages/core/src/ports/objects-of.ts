import type { Entry, Group, ObjectId, Output, Segment } from './store.js';

/** Every object that an entry's parts point to. */
export const objectsOf = (entry: Pick<Entry, 'parts'>): ObjectId[] => [
  ...new Set(Object.values(entry.parts).flatMap(objectsOfOutput)),
];

function objectsOfOutput(output: Output): ObjectId[] {
  if (output.is === 'value') return [];
  if (output.is === 'folder') return output.files.map((file) => file.object);
  return [...output.groups.flatMap(objectsOfGroup), ...(output.failures ? [output.failures] : [])];
}

export const objectsOfGroup = ({ segments, maps }: Group): ObjectId[] => [
  ...segments.flatMap(objectsOfSegment),
  ...maps,
];

export const objectsOfSegment = (segment: Segment): ObjectId[] =>
  [segment.data, segment.keys, segment.counts, ...Object.values(segment.digests)].filter(
    (id): id is string => id !== undefined,
  );
