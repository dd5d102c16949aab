/** @jest-config-loader esbuild-register */
import { join } from 'node:path';
import type { Config } from 'jest';

const root = process.cwd();

const project = (name: string, folder: string) => ({
  displayName: name,
  rootDir: join(root, folder),
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/fixtures/'],
  modulePathIgnorePatterns: ['/dist/', '/fixtures/'],
  testEnvironment: join(root, 'jest/realm-env.cjs'),
  testEnvironmentOptions: { customExportConditions: ['@millrace/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': join(root, 'jest/esbuild.mjs') },
});

export default {
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  globalSetup: join(root, 'jest/own-places.mjs'),
  globalTeardown: join(root, 'jest/leave-nothing.mjs'),
  // Ends what hangs, and fails nothing that is only slow.
  testTimeout: 600_000,
  maxWorkers: '100%',
  projects: [
    project('core', 'packages/core/test'),
    project('code', 'packages/code/test'),
    project('arrow-store', 'packages/arrow-store/test'),
    project('stages', 'packages/stages'),
    project('millrace', 'packages/millrace/test'),
    project('laws', 'test'),
    project('examples', 'examples'),
  ],
} satisfies Config;
