import { hash } from 'node:crypto';

export const sha = (text: string | Uint8Array) => hash('sha256', text);
