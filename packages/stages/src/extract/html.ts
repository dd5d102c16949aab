import { type Extracted, type Kind, nothing } from './extracted.js';

export interface HtmlExtraction {
  readonly kind: 'html';
  /** whether the addresses of links stay, in brackets behind their text */
  readonly links: 'drop' | 'keep';
}

export const html = ({ links = 'drop' }: { readonly links?: 'drop' | 'keep' } = {}): HtmlExtraction =>
  Object.freeze({ kind: 'html', links });

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } }));

/** The readable text of a page: no scripts, styles or images, no line wrapping, headings in their own case. */
export const htmlKind: Kind<HtmlExtraction> = {
  version: 1,
  reads: 'text',
  open: async ({ links }) => {
    const { compile } = await import('html-to-text');
    const convert = compile({
      wordwrap: false,
      selectors: [
        ...HEADINGS,
        { selector: 'a', options: { ignoreHref: links === 'drop' } },
        { selector: 'img', format: 'skip' },
      ],
    });
    return (page: string): Extracted => textOf(page, convert);
  },
};

/** A page nested thousands of elements deep overflows the parser's stack: bad content, not a bug. */
function textOf(page: string, convert: (page: string) => string): Extracted {
  try {
    const text = convert(page).trim();
    return text === '' ? nothing('no-text') : { value: text };
  } catch (error) {
    return nothing('unreadable', (error as Error).message);
  }
}
