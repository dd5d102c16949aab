import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { Level } from './context.js';

/** A console whose lines go to the stage. */
export const printer = (say: (level: Level, text: string) => void): Console => {
  const to = (level: Level) =>
    new Writable({
      decodeStrings: false,
      write: (text: string, _, done) => {
        say(level, text.replace(/\n$/, ''));
        done();
      },
    });
  return new Console({ stdout: to('info'), stderr: to('error') });
};
