import type { StageEntry } from '../registry/entry.js';
import type { Field } from '../registry/fields.js';
import { choice } from './choice.js';
import { codeBlock } from './code-block.js';
import type { Extraction } from './extractor.js';
import { extractSettings } from './fields.js';
import { html } from './html.js';
import { json } from './json.js';
import { jsonPath } from './json-path.js';
import { number } from './number.js';
import { pdf } from './pdf.js';
import { regex } from './regex.js';
import { type ExtractFunction, extractStage } from './stage.js';
import { tag } from './tag.js';

/** How a file writes an extraction: `with: { regex: '(\d+)$' }`, `with: number`, `with: { choice: [yes, no] }`. */
// biome-ignore lint/suspicious/noExplicitAny: what stands in a file was checked by the fields above it.
const makers: Readonly<Record<string, (value: any, settings: any) => Extraction>> = {
  regex: (pattern, settings) => regex(pattern, settings),
  json: (schema, settings) => json({ ...(schema && schema !== true && { schema }), ...settings }),
  jsonPath: (path, settings) => jsonPath(path, settings),
  tag: (name, settings) => tag(name, settings),
  number: (_value, settings) => number(settings),
  choice: (labels, settings) => choice(labels, settings),
  codeBlock: (language, settings) => codeBlock({ ...(typeof language === 'string' && { language }), ...settings }),
  html: (_value, settings) => html(settings),
  pdf: (_value, settings) => pdf(settings),
};

export function extractionFrom(given: unknown): Extraction | ExtractFunction {
  if (typeof given === 'function') return given as ExtractFunction;
  if (typeof given === 'string' && makers[given]) return makers[given](true, {});
  const named = Object.entries((given ?? {}) as Record<string, unknown>).find(([key]) => Object.hasOwn(makers, key));
  if (!named)
    throw new Error(
      `extract's with is ${JSON.stringify(given)}, which names no extraction. Write one of ${Object.keys(makers).join(', ')}, or ./file.ts#function.`,
    );
  const [key, value] = named;
  const { [key]: _own, ...settings } = given as Record<string, unknown>;
  return (makers[key] as (value: unknown, settings: unknown) => Extraction)(value, settings);
}

export const extractionField: Field & { readonly is: 'either' } = {
  is: 'either',
  describe: `How the value is taken out: ${Object.keys(makers).join(', ')}, or a function.`,
  of: [
    { is: 'function', describe: 'A function of the text.' },
    { is: 'text', oneOf: ['json', 'number', 'codeBlock', 'html', 'pdf'], describe: 'An extraction without settings.' },
    { is: 'any', describe: 'An extraction with settings, such as { regex: "(\\d+)$" }.' },
  ],
};

export const extractEntry: StageEntry = {
  ...extractSettings,
  describe: 'Takes a value out of text; null and a reason where there is none.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: { ...extractSettings.config, with: { ...extractionField, required: true } },
  build: ({ inputs, config, options }) =>
    extractStage({ rows: inputs.rows as never }, { ...config, with: extractionFrom(config.with) }, options),
};
