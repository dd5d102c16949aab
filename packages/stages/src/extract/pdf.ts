import { type Extracted, type Kind, nothing } from './extracted.js';

export interface PdfExtraction {
  readonly kind: 'pdf';
  /** one text, or a list with one text a page */
  readonly pages: 'joined' | 'each';
}

export const pdf = ({ pages = 'joined' }: { readonly pages?: 'joined' | 'each' } = {}): PdfExtraction =>
  Object.freeze({ kind: 'pdf', pages });

/** The text layer of a PDF. A scan has none, and says so. */
export const pdfKind: Kind<PdfExtraction, Uint8Array> = {
  version: 1,
  reads: 'bytes',
  open: async ({ pages }) => {
    const unpdf = await import('unpdf');
    return async (bytes: Uint8Array): Promise<Extracted> => {
      try {
        // A copy, since the parser takes its input away; quiet, since a damaged file is an answer and no event.
        const document = await unpdf.getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 });
        const { text } = await unpdf.extractText(document, { mergePages: false });
        await document.destroy();
        return shaped(
          text.map((page) => page.trim()),
          pages,
        );
      } catch (error) {
        return nothing('unreadable', (error as Error).message);
      }
    };
  },
};

function shaped(texts: readonly string[], pages: PdfExtraction['pages']): Extracted {
  if (texts.every((text) => text === '')) return nothing('no-text');
  return { value: pages === 'each' ? texts : texts.filter((text) => text !== '').join('\n\n') };
}
