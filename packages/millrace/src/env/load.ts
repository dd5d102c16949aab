import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { isNamedLikeSecret, knowSecret } from '@millrace/core';
import { isFile, isOfOthers, othersWrite, readBytes, shownPath } from '../disk.js';
import { Mistake } from '../mistake.js';
import { notice } from '../notice.js';
import { setVariable } from '../process.js';
import { type BadLine, type ParsedEnv, parseEnv } from './parse.js';

/** Where values of the environment are read from: files that are named, or none; else those of the project's root. */
export type EnvFiles = readonly string[] | 'none';

let asked: EnvFiles | undefined;
let tells = true;

/** Once for the process, before a project is looked at. A command that runs no stage does not tell what of a file is left out. */
export function askEnvFiles(files: EnvFiles | undefined, told = true): void {
  asked = files ?? asked;
  tells = told;
}

/** The first that names a value wins. */
const OWN = ['.env.local', '.env'];

const loaded = new Set<string>();

/**
 * Reads the environment files of a project, each once in a process. Variables that are set win. Values are secrets from
 * now on.
 */
export function loadEnv(root: string): void {
  if (asked === 'none') return;
  const paths = asked ? [...asked].reverse() : ownFiles(root);
  for (const path of paths) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    for (const text of loadOne(path)) notice(text);
  }
}

function loadOne(path: string): string[] {
  const { variables, bad } = read(path);
  const used = variables.filter(({ name }) => !isSteering(name));
  for (const { name, value } of variables) if (!isSteering(name) || MAY_HOLD_ONE.test(name)) remember(name, value);
  for (const { name, value } of [...used].reverse()) setVariable(name, value);
  const names = variables.map(({ name }) => name).filter(isSteering);
  return [...othersMayWrite(path), ...(tells ? leftOut(shownPath(path), { bad, names }) : [])];
}

const othersMayWrite = (path: string): string[] =>
  othersWrite(path)
    ? [
        `Other users can write ${shownPath(path)}, and so say which keys and servers are used. Make it yours alone: chmod 600 ${shownPath(path)}`,
      ]
    : [];

interface LeftOut {
  readonly bad: readonly BadLine[];
  readonly names: readonly string[];
}

function leftOut(shown: string, { bad, names }: LeftOut): string[] {
  const lines = bad.slice(0, 3).map(({ line, why }) => `${shown}:${line}: ${why}`);
  const more = bad.length > 3 ? ` (and ${bad.length - 3} more)` : '';
  return [
    ...(bad.length ? [`${lines.join('; ')}${more}. Such lines are left out. Write NAME=value or NAME="value".`] : []),
    ...(names.length
      ? [
          `${names.join(', ')} in ${shown} is not used: it says which programs run, and how. Set it in the shell if it is meant.`,
        ]
      : []),
  ];
}

/** Whose keys are used sees what is asked: a file of another user is read only where it is named. */
const ownFiles = (root: string): string[] =>
  OWN.map((name) => join(root, name)).filter((path) => {
    if (!isFile(path)) return false;
    if (!isOfOthers(path)) return true;
    notice(
      `${shownPath(path)} belongs to another user and is not read. Name it if you trust it: --env-file ${shownPath(path)}`,
    );
    return false;
  });

const MOST_BYTES = 1 << 20;

/** A file that the user named is read whole or not at all. */
function read(path: string): ParsedEnv {
  const shown = shownPath(path);
  if (!isFile(path))
    throw new Mistake(`There is no environment file ${shown}. Correct the path, or leave --env-file out.`);
  const bytes = readBytes(path, MOST_BYTES + 1);
  if (bytes.length > MOST_BYTES || !isUtf8(bytes))
    throw new Mistake(
      `Cannot read ${shown}: it is ${bytes.length > MOST_BYTES ? 'larger than 1 MiB' : 'no text in UTF-8'}. Write NAME=value on each line, or run with --no-env-file.`,
    );
  const parsed = parseEnv(bytes.toString('utf8'));
  const [first] = parsed.bad;
  if (first && asked)
    throw new Mistake(
      `Cannot read ${shown}:${first.line}: ${first.why}. Write NAME=value or NAME="value", or leave --env-file out.`,
    );
  return parsed;
}

/** What stands in ordinary words (`true`, `3000`) hides nothing. */
const LONG_ENOUGH = 8;

/** What many files say, and whoever guesses would begin with. It stands in ordinary output too. */
const NO_SECRET =
  /^(production|development|localhost|https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(\/v\d)?\/?)$/i;

function remember(label: string, value: string): void {
  if ((value.length >= LONG_ENOUGH && !NO_SECRET.test(value)) || isNamedLikeSecret(label))
    knowSecret(`file ${label} ${value}`, { label, value: () => value });
}

/** Whoever sets these runs their own code in each program that is started, or reads along what is sent. */
const STEERING =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|TMPDIR|TMP|TEMP|IFS|ENV|BASH_ENV|PROMPT_COMMAND|SYSTEMROOT|COMSPEC|PATHEXT|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|NODE_REPL_EXTERNAL_MODULE|LD_.*|DYLD_.*|GCONV_PATH|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PERL5LIB|PERL5OPT|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|OPENSSL_CONF|SSLKEYLOGFILE|XDG_.*|npm_.*|GIT_.*|SUDO_.*|ESBUILD_.*|ZDOTDIR|PS4|BASH_FUNC_.*)$/i;

/** Of these programs, tokens too are set by such names. */
const MAY_HOLD_ONE = /^(npm|git)_/i;

const isSteering = (name: string): boolean => STEERING.test(name);
