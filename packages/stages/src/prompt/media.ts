/** Known by their first bytes, never by a file name: the same bytes are the same request. */
const SIGNATURES: readonly (readonly [mediaType: string, signature: RegExp])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the first bytes of the formats
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF....WEBP/s],
];

export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}
