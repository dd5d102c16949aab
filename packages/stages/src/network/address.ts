import { knowSecret, Secret } from '@millrace/core';

/** A web address as it may be kept and shown, and what of it may not. */
export interface Address {
  /** Without user, password and signature: this is kept, shown and compared. */
  readonly shown: string;
  /** Where something was taken out: the address as it is asked. It says no user either. */
  readonly asked?: Secret;
  /** Of user and password: the header that says them. */
  readonly authorization?: Secret;
}

/** Parameters whose value gives access, in signed addresses of storages and in addresses with a key. */
const SECRET =
  /^(sig|(x-[a-z]+-)?(signature|credential|security-token)|awsaccesskeyid|googleaccessid|ossaccesskeyid|hmac|hdnea|hdnts|__token__|jwt|auth|pass|pwd|.*(secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|auth[_-]?(key|code)|subscription-key).*|((access|auth|id|private|refresh|session|security|sas|api|user|bearer|oauth)[_-]?)?token)$/i;

/** Names of ordinary things too: a value that looks like a key tells. */
const SECRET_BY_VALUE = /^(key|code)$/i;
const LIKE_A_KEY = /^(?=.*\d)[\w%~+/=-]{20,}$/;

/** Parts of a signature that change with it and say nothing of the content. */
const OF_A_SIGNATURE =
  /^(x-(amz|goog|oss|cos|obs|bce|tos|ms)-.+|s[etvrsp]|ske|skoid|sks|skt|sktid|skv|spr|srt|si|sip|policy|expires|key-pair-id)$/i;
const SIGNATURE = /^(sig|(x-[a-z]+-)?signature)$/i;

/** Takes what gives access out of an address. An address without such parts is given back letter by letter. */
export function addressOf(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return { shown: text };
  const given = parametersOf(text);
  const signed = given.some(({ name }) => SIGNATURE.test(name));
  const kept = given.filter((each) => !isSecret(each) && !(signed && OF_A_SIGNATURE.test(each.name)));
  const user = userOf(url);
  if (kept.length === given.length && user === undefined) return { shown: text };
  for (const each of given) if (isSecret(each)) hide(url.host, each.value);
  const asked = withoutUser(text);
  const shown = `${asked.replace(/\?.*$/s, '')}${kept.length ? `?${kept.map(({ part }) => part).join('&')}` : ''}`;
  return {
    shown,
    ...(asked !== shown && { asked: new Secret(`address at ${url.host}`, () => asked, null) }),
    ...(user !== undefined && { authorization: basic(url.host, user) }),
  };
}

interface Parameter {
  readonly part: string;
  readonly name: string;
  readonly value: string;
}

/** Of the query, each as it was written: another spelling of the same would be another address. */
function parametersOf(text: string): Parameter[] {
  const query = /\?([^#]*)/.exec(text)?.[1] ?? '';
  return query
    .split('&')
    .filter(Boolean)
    .map((part) => {
      const [[name, value] = ['', '']] = [...new URLSearchParams(part)];
      return { part, name, value };
    });
}

const isSecret = ({ name, value }: Parameter): boolean =>
  SECRET.test(name) || (SECRET_BY_VALUE.test(name) && LIKE_A_KEY.test(value));

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
