import { unescaped } from './escapes.js';
import { SHORTEST } from './known-secrets.js';

/** So many characters of a longer value count as it: servers and logs cut what they repeat. */
export const PART = 16;

/** The texts that a value is written as, in words and in bytes. Escapes are resolved in the text that is looked at. */
export function spellingsOf(value: string): string[] {
  const whole = wholeForms(value);
  const words = [...whole, ...shortLines(value)].flatMap((text) => [text, text.replaceAll(' ', '+')]);
  const all = [...words, ...whole.flatMap(binaryForms)];
  return [...new Set([...all, ...all.map(unescaped)])].filter((text) => text.trim().length >= SHORTEST);
}

const LINE_END = /\r?\n|\\n/;

/** A value of several lines is also written with other line ends, and as one line. */
function wholeForms(value: string): string[] {
  const lines = value.split(LINE_END);
  if (lines.length === 1) return [value, value.trim()];
  const body = lines.map((line) => line.trim()).filter((line) => !ARMOUR.test(line));
  return [value, value.trim(), lines.join('\n'), lines.join('\r\n'), body.join('')];
}

/** Printed line by line, a longer line is found as a part of the whole. */
const shortLines = (value: string): string[] =>
  value
    .split(LINE_END)
    .map((line) => line.trim())
    .filter((line, _, { length }) => length > 1 && line.length >= SHORTEST_LINE && line.length < PART);

const SHORTEST_LINE = 6;

/** `-----BEGIN PRIVATE KEY-----` is the same for all keys. */
const ARMOUR = /^-{3,}[A-Z0-9 ]+-{3,}$/;

/** Base64 of more than the value shows it in one of three forms, by where the value begins in it. */
function binaryForms(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => coreOfBase64(bytes, before));
  return [...base64, bytes.toString('base64'), hex, hex.toUpperCase()]
    .filter((form) => form.length >= SHORTEST_BINARY)
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

const SHORTEST_BINARY = 8;

/** The characters that depend on the value alone, where `before` bytes stand in front of it in its group of three. */
function coreOfBase64(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
