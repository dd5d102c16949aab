import { givesAccess, isOfSignature, isSignature, knowSecret, type Parameter, Secret } from '@millrace/core';

/** A web address as it may be kept and shown, and what of it may not. */
export interface Address {
  /** Without user, password and signature: this is kept, shown and compared. */
  readonly shown: string;
  /** Where something was taken out: the address as it is asked. It says no user either. */
  readonly asked?: Secret;
  /** Of user and password: the header that says them. */
  readonly authorization?: Secret;
}

/** Takes what gives access out of an address. An address without such parts is given back letter by letter. */
export function addressOf(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return { shown: text };
  const given = parametersOf(text);
  const signed = given.some(isSignature);
  const kept = given.filter((each) => !givesAccess(each) && !(signed && isOfSignature(each)));
  const user = userOf(url);
  if (kept.length === given.length && user === undefined) return { shown: text };
  for (const each of given) if (givesAccess(each)) hide(url.host, each.value);
  const asked = withoutUser(text);
  const shown = `${asked.replace(/\?.*$/s, '')}${kept.length ? `?${kept.map(({ part }) => part).join('&')}` : ''}`;
  return {
    shown,
    ...(asked !== shown && { asked: new Secret(`address at ${url.host}`, () => asked, null) }),
    ...(user !== undefined && { authorization: basic(url.host, user) }),
  };
}

interface Written extends Parameter {
  readonly part: string;
}

/** Of the query, each as it was written: another spelling of the same would be another address. */
function parametersOf(text: string): Written[] {
  const query = /\?([^#]*)/.exec(text)?.[1] ?? '';
  return query
    .split('&')
    .filter(Boolean)
    .map((part) => {
      const [[name, value] = ['', '']] = [...new URLSearchParams(part)];
      return { part, name, value };
    });
}

/** A fragment is never sent, and may hold a token. */
const withoutUser = (text: string): string => text.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1').replace(/#.*$/s, '');

function userOf({ host, username, password }: URL): string | undefined {
  if (!username && !password) return undefined;
  hide(host, decoded(password || username));
  return `${decoded(username)}:${decoded(password)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A shorter value stands in ordinary words; the address is shown without it in any case. */
const WORTH_HIDING = 6;

function hide(host: string, value: string): void {
  if (value.length >= WORTH_HIDING) knowSecret(`part ${value}`, { label: `of ${host}`, value: () => value });
}

function basic(host: string, user: string): Secret {
  const value = `Basic ${Buffer.from(user).toString('base64')}`;
  return new Secret(`password of ${host}`, () => value, `basic ${value}`);
}

/** An address that a server names, for a message: without what gives access, and of bounded length. */
export function shownAddress(text: string): string {
  const { shown } = addressOf(text);
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown;
}

const LONGEST_SHOWN = 300;
