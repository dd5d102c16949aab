import { SHORTEST } from './known-secrets.js';

/** So many characters of a longer value count as it: servers and logs cut what they repeat. */
export const PART = 16;

/** The ways in which programs write a value: each is looked for as it stands. */
export function spellingsOf(value: string): string[] {
  const whole = wholeForms(value);
  const texts = [...whole, ...shortLines(value)].flatMap((text) => [text, ...escapedForms(text)]);
  return [...new Set([...texts, ...whole.flatMap(binaryForms)])].filter((text) => text.length >= SHORTEST);
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

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = encodeURIComponent(text.toWellFormed());
  const strict = url.replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const addresses = [url, strict, encodeURI(text.toWellFormed())].flatMap((each) => [
    each,
    each.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    each.replaceAll('%20', '+'),
  ]);
  return [
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    asciiOf(json),
    ...addresses,
    ...markup(text),
    text.replaceAll("'", "'\\''"),
  ];
}

const asciiOf = (text: string): string =>
  text.replace(/[^\x20-\x7e]|[<>&]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

function markup(text: string): string[] {
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['&#39;', '&#x27;', '&apos;'].map((quote) => plain.replaceAll('"', '&quot;').replaceAll("'", quote));
}

/** Base64 of more than the value shows it in one of three forms, by where the value begins in it. */
function binaryForms(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => coreOfBase64(bytes, before));
  return [...base64, bytes.toString('base64'), hex, hex.toUpperCase()]
    .filter((form) => form.length >= SHORTEST_BINARY)
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_'), form.replaceAll('/', '\\/')]);
}

const SHORTEST_BINARY = 8;

/** The characters that depend on the value alone, where `before` bytes stand in front of it in its group of three. */
function coreOfBase64(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
