import { Mistake } from '../mistake.js';
import type { Parsed } from './parsed.js';

const MOST_BYTES = 4_000_000;

/** YAML, JSON or TOML to a plain value. Hostile files are refused with a sentence. */
export async function parseData(file: string, text: string): Promise<Parsed> {
  if (text.length > MOST_BYTES)
    throw new Mistake(
      `Cannot read ${file}: it has ${text.length} characters, and a pipeline file may have ${MOST_BYTES}. Put data into a file of its own and name it as a source.`,
    );
  if (file.endsWith('.toml')) return (await import('./toml.js')).parseToml(file, text);
  return (await import('./yaml.js')).parseYaml(file, text);
}
