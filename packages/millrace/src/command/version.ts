import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('millrace/package.json') as { version: string };

export const VERSION: string = version;
