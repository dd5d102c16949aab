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

/** One parameter of an address. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Whoever has its value has access. */
export const givesAccess = ({ name, value }: Parameter): boolean =>
  SECRET.test(name) || (SECRET_BY_VALUE.test(name) && LIKE_A_KEY.test(value));

export const isSignature = ({ name }: Parameter): boolean => SIGNATURE.test(name);

/** Comes and goes with a signature. */
export const isOfSignature = ({ name }: Parameter): boolean => OF_A_SIGNATURE.test(name);

/** Also of databases and queues, and with `&` as JSON writes it in some languages. Looked for from its middle: that is rare. */
const ADDRESS = /(?<=\b([a-z][a-z\d+.-]{0,20})):\/\/(?:[^\s"'<>`\\]|\\u0026)+/gi;
/** The last `@` ends it: a password may hold others. A mere name gives access to the web only. */
const USER_OF_WEB = /^:\/\/[^/?#]*@/;
const USER_AND_PASSWORD = /^:\/\/[^/?#]*:[^/?#]*@/;
const PARAMETER = /(&amp;|\\u0026|[?&#])([^=&#\\]+)=([^&#\\]*)/g;

/** Addresses in a text, without the passwords and signatures that are in them. */
export const redactAddresses = (text: string): string =>
  text.includes('://') ? text.replace(ADDRESS, redactAddress) : text;

const redactAddress = (address: string, scheme: string): string =>
  address
    .replace(/^https?$/i.test(scheme) ? USER_OF_WEB : USER_AND_PASSWORD, '://[secret]@')
    .replace(PARAMETER, (whole, before: string, name: string, value: string) =>
      givesAccess({ name, value }) ? `${before}${name}=[secret]` : whole,
    );
