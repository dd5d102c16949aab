/** What makes V8 read a text as a date in UTC: nothing where it names a zone itself, or where it says a day alone in the ISO form. */
export type InUtc = (text: string) => '' | 'Z' | ' UTC';

/**
 * As V8 reads what is no ISO date: after the first number a name of a zone counts, and a sign once a time has begun.
 * A number that is followed by a colon begins a time; a dash after a month or a day belongs to the date.
 */
export const zone = (): InUtc => {
  const iso = /^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i;
  const token = /(\d+)|([a-z]+)|([+-])|([\s\S])/gi;
  const zones = /^(?:utc?|gmt|z|[ecmp][sd]t)$/i;
  const months = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;

  const words = (text: string): boolean => {
    const parts = [...text.matchAll(token)].map(([part]) => part);
    let numbers = false;
    let times = 0;
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as string;
      const next = parts[at + 1];
      if (/\d/.test(part)) {
        numbers = true;
        if (next === ':' || (next === '.' && times > 0)) {
          times += 1;
          at += 1;
        } else if (times > 0 && times < 4) times = 4;
        else if (next === '-') at += 1;
      } else if (/[a-z]/i.test(part)) {
        if (zones.test(part)) {
          if (numbers) return true;
        } else if (months.test(part) && next === '-') at += 1;
      } else if (/[+-]/.test(part) && times > 0) return true;
    }
    return false;
  };
  const parens = /\([^()]*\)?/g;
  /** Comments in parentheses are nothing to V8. */
  const bare = (text: string): string => {
    const less = text.replace(parens, ' ');
    return less === text ? less : bare(less);
  };
  /** Most texts are one of these two; captures cost as much as the rest. */
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
  const plain = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/;
  return (text) => {
    if (local.test(text)) return 'Z';
    if (plain.test(text)) return '';
    const parts = iso.exec(text);
    if (parts) return parts[1] === undefined || parts[2] !== undefined ? '' : 'Z';
    return words(text.includes('(') ? bare(text) : text) ? '' : ' UTC';
  };
};
