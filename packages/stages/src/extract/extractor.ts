import { type ChoiceExtraction, choiceKind } from './choice.js';
import { type CodeBlockExtraction, codeBlockKind } from './code-block.js';
import { type Extracted, type Kind, nothing } from './extracted.js';
import { type HtmlExtraction, htmlKind } from './html.js';
import { type JsonExtraction, jsonKind } from './json.js';
import { type JsonPathExtraction, jsonPathKind } from './json-path.js';
import { type NumberExtraction, numberKind } from './number.js';
import { type PdfExtraction, pdfKind } from './pdf.js';
import { type RegexExtraction, regexKind } from './regex.js';
import { type TagExtraction, tagKind } from './tag.js';

/** Plain data: it can be written in a file, compared and fingerprinted. */
export type Extraction =
  | RegexExtraction
  | JsonExtraction
  | JsonPathExtraction
  | TagExtraction
  | NumberExtraction
  | ChoiceExtraction
  | CodeBlockExtraction
  | HtmlExtraction
  | PdfExtraction;

export type Run = (input: unknown) => Extracted | Promise<Extracted>;

type Inputs = {
  readonly [K in Extraction['kind']]: K extends 'pdf' ? Uint8Array : K extends 'jsonPath' ? unknown : string;
};
type Kinds = { readonly [K in Extraction['kind']]: Kind<Extract<Extraction, { kind: K }>, Inputs[K]> };

const KINDS: Kinds = {
  regex: regexKind,
  json: jsonKind,
  jsonPath: jsonPathKind,
  tag: tagKind,
  number: numberKind,
  choice: choiceKind,
  codeBlock: codeBlockKind,
  html: htmlKind,
  pdf: pdfKind,
};

/** The table is checked by its type; which entry belongs to a description is known at run time only. */
const kindOf = (extraction: Extraction) => KINDS[extraction.kind] as unknown as Kind<Extraction, never>;

/** Belongs into the fingerprint beside the description. */
export const extractionVersion = (extraction: Extraction): number => kindOf(extraction).version;

/** Loads what the extraction needs, once; the run then takes any value and answers with a value or a reason. */
export async function openExtraction(extraction: Extraction): Promise<Run> {
  const kind = kindOf(extraction);
  const run = await kind.open(extraction);
  return (input) => {
    if (input === null || input === undefined) return nothing('null');
    const misfit = misfits[kind.reads](input);
    return misfit ?? run(input as never);
  };
}

const misfits = {
  text: (input: unknown) => (typeof input === 'string' ? undefined : nothing('not-text')),
  bytes: (input: unknown) => (input instanceof Uint8Array ? undefined : nothing('not-bytes')),
  any: () => undefined,
};
