import type { Mutant } from './build.js';
import type { Weather, Without } from './schedule.js';

/** Ways to make the protocol wrong, each with the weather in which that shows. */
export interface Wrong {
  readonly mutant?: Mutant;
  readonly without?: Without;
  readonly weather: Partial<Weather>;
  /** A seed that shows it soon; 1 if nothing is said. */
  readonly first?: number;
}

const NETWORK = {
  disk: 'network',
  stale: false,
  powerCuts: 'never',
  letsGo: false,
  mostly: 'worker',
  stages: 1,
} as const;
const POWER = {
  disk: 'local',
  stale: false,
  powerCuts: 'any',
  letsGo: false,
  kills: false,
  stops: false,
  mostly: 'worker',
} as const;

/** What one of them misses, the others still see. */
const SEES_NO_LEASES = [
  ['  restoreTouched(place, garbage);\n', ''],
  ['  restoreWanted(place, began);\n', ''],
  ['const held = over.length > 0 ? leased(place) : new Set<string>();', 'const held = new Set<string>();'],
] as const;

export const WRONG: { readonly [what: string]: Wrong } = {
  'who commits does not look whether the lock is still its own': {
    without: { token: true },
    weather: { ...NETWORK, stops: true, stopsFor: [30_000] },
  },
  'who wakes does not look before the next call': {
    without: { look: true },
    weather: { ...NETWORK, stops: true, stopsFor: [30_000] },
  },
  'clocks tell who is dead': {
    mutant: {
      file: 'arrow-store/src/alive.ts',
      changes: [
        ['import { exists,', 'import { stat, exists,'],
        [
          "'unknown' ? this.stillBeats(name)",
          "'unknown' ? (stat(`${this.folder}/${name}`)?.modified ?? 0) > Date.now() - 86_400_000 && this.stillBeats(name)",
        ],
      ],
    },
    weather: NETWORK,
  },
  'a sweep does not read the leases again': {
    mutant: { file: 'arrow-store/src/trash.ts', changes: SEES_NO_LEASES },
    weather: { disk: 'local', kills: false, stops: false, powerCuts: 'never', mostly: 'leaser' },
  },
  'one generation of a lock can be made twice': {
    mutant: {
      file: 'arrow-store/src/disk.ts',
      changes: [
        [
          'const linked = unless(NO_LINKS, false, () => {',
          "const linked = to === '' && unless(NO_LINKS, false, () => {",
        ],
      ],
    },
    weather: {
      disk: 'local',
      kills: false,
      stops: true,
      stopsFor: [2, 5, 10],
      powerCuts: 'never',
      letsGo: false,
      mostly: 'locker',
    },
  },
  'an answer counts before it is synced': {
    mutant: {
      file: 'arrow-store/src/journal.ts',
      changes: [["syncs === 'each' ? file.synced() : undefined", 'undefined']],
    },
    weather: { ...POWER, promise: 'each' },
  },
  'what another process began is not synced by who finds it': {
    mutant: {
      file: 'arrow-store/src/layout.ts',
      changes: [['if (!exists(`${root}/records`)) syncFolder(root);', '']],
    },
    weather: {
      ...POWER,
      promise: 'each',
      kills: true,
      stops: true,
      stopsFor: [5000, 30_000],
      stages: 1,
      mostly: 'anything',
    },
    first: 600,
  },
  'nothing is synced': { without: { sync: true }, weather: POWER },
  'a torn frame is believed': {
    mutant: {
      file: 'arrow-store/src/journal.ts',
      changes: [['return crc32(frame) === bytes.readUInt32LE(at + 8) ? frame : undefined;', 'return frame;']],
    },
    weather: { ...POWER, promise: 'second' },
  },
};
