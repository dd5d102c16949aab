import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { isNamedLikeSecret, knowSecret } from '@millrace/core';
import { isFile, othersWrite, readBytes, shownPath } from '../disk.js';
import { Mistake } from '../mistake.js';
import { setVariable } from '../process.js';
import { parseEnv, type Variable } from './parse.js';

/** Where values of the environment are read from: files that are named, or none; else those of the project's root. */
export type EnvFiles = readonly string[] | 'none' | undefined;

/** The first that names a value wins. */
const OWN = ['.env.local', '.env'];

const loaded = new Set<string>();

/**
 * Reads the environment files of a project, each once in a process. Variables that are set win. Values are secrets from
 * now on. Gives what people should know of them.
 */
export function loadEnv(root: string, files: EnvFiles): string[] {
  if (files === 'none') return [];
  const paths = files ? [...files].reverse() : OWN.map((name) => join(root, name)).filter(isFile);
  return paths.flatMap((path) => {
    if (loaded.has(path)) return [];
    loaded.add(path);
    return loadOne(path);
  });
}

function loadOne(path: string): string[] {
  const variables = read(path);
  for (const { name, value } of variables) remember(name, value);
  const steering = variables.map(({ name }) => name).filter(isSteering);
  for (const { name, value } of [...variables].reverse()) if (!isSteering(name)) setVariable(name, value);
  return [
    ...(othersWrite(path)
      ? [
          `Other users can write ${shownPath(path)}, and so say which keys and servers are used. Make it yours alone: chmod 600 ${shownPath(path)}`,
        ]
      : []),
    ...(steering.length
      ? [
          `${steering.join(', ')} in ${shownPath(path)} is not used: it says which programs run, and how. Set it in the shell if it is meant.`,
        ]
      : []),
  ];
}

const MOST_BYTES = 1 << 20;

function read(path: string): readonly Variable[] {
  const shown = shownPath(path);
  if (!isFile(path))
    throw new Mistake(`There is no environment file ${shown}. Correct the path, or leave --env-file out.`);
  const bytes = readBytes(path, MOST_BYTES + 1);
  if (bytes.length > MOST_BYTES || !isUtf8(bytes))
    throw new Mistake(
      `Cannot read ${shown}: it is ${bytes.length > MOST_BYTES ? 'larger than 1 MiB' : 'no text in UTF-8'}. Write NAME=value on each line, or run with --no-env-file.`,
    );
  const parsed = parseEnv(bytes.toString('utf8'));
  if ('why' in parsed)
    throw new Mistake(
      `Cannot read ${shown}:${parsed.line}: ${parsed.why}. Write NAME=value or NAME="value", or run with --no-env-file.`,
    );
  return parsed;
}

/** What stands in ordinary words (`true`, `3000`) hides nothing. */
const LONG_ENOUGH = 8;

function remember(label: string, value: string): void {
  if (value.length >= LONG_ENOUGH || isNamedLikeSecret(label))
    knowSecret(`file ${label} ${value}`, { label, value: () => value });
}

/** Whoever sets these runs their own code in each program that is started, or reads along what is sent. */
const STEERING =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|TMPDIR|TMP|TEMP|IFS|ENV|BASH_ENV|PROMPT_COMMAND|SYSTEMROOT|COMSPEC|PATHEXT|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|NODE_REPL_EXTERNAL_MODULE|LD_.*|DYLD_.*|GCONV_PATH|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PERL5LIB|PERL5OPT|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|OPENSSL_CONF|SSLKEYLOGFILE|XDG_.*|npm_.*|GIT_.*)$/i;

const isSteering = (name: string): boolean => STEERING.test(name);
