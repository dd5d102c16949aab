import { describe, expect, test } from '@jest/globals';
import { type Extraction, openExtraction } from './extractor.js';
import { html } from './html.js';
import { pdf } from './pdf.js';

const run = async (extraction: Extraction, input: unknown) => (await openExtraction(extraction))(input);
const value = async (extraction: Extraction, input: unknown) => {
  const out = await run(extraction, input);
  return 'value' in out ? out.value : `no: ${out.reason}`;
};

describe('html', () => {
  const page =
    '<style>p{}</style><h1>Big news</h1><p>See <a href="http://x.org">this</a> &amp; <b>that</b></p><script>no</script><img src="a.png"><ul><li>1<li>2</ul>';

  test('becomes its readable text', async () => {
    expect(await value(html(), page)).toBe('Big news\n\nSee this & that\n\n * 1\n * 2');
    expect(await value(html({ links: 'keep' }), page)).toContain('this [http://x.org]');
  });

  test('without text, or nested beyond reason, is a reason', async () => {
    expect(await run(html(), '<script>1</script>')).toEqual({ reason: 'no-text' });
    expect(await run(html(), `${'<div>'.repeat(30_000)}x`)).toMatchObject({ reason: 'unreadable' });
  });
});

/** A PDF with one line of text a page, written by hand. */
function pdfOf(...lines: readonly string[]): Uint8Array {
  const kids = lines.map((_, i) => `${4 + 2 * i} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...lines.flatMap((line, i) => {
      const content = line && `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, '0');
  });
  const table = offsets.map((offset) => `${offset} 00000 n \n`).join('');
  return Buffer.from(
    `${out}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF`,
    'latin1',
  );
}

describe('pdf', () => {
  test('gives the text of its pages', async () => {
    const bytes = pdfOf('Hello there', 'Second page');
    expect(await value(pdf(), bytes)).toBe('Hello there\n\nSecond page');
    expect(await value(pdf({ pages: 'each' }), bytes)).toEqual(['Hello there', 'Second page']);
    expect(bytes.length).toBeGreaterThan(0);
  });

  test('without text, or damaged, is a reason', async () => {
    expect(await run(pdf(), pdfOf(''))).toEqual({ reason: 'no-text' });
    expect(await run(pdf(), Buffer.from('not a pdf'))).toMatchObject({ reason: 'unreadable' });
  });
});
