import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: at most a third of its letters away; the first in the list wins a tie. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const away = (name: string) => distance(wanted.toLowerCase(), name.toLowerCase());
  const best = names.reduce<{ name: string; away: number } | undefined>((found, name) => {
    const candidate = { name, away: away(name) };
    return found && found.away <= candidate.away ? found : candidate;
  }, undefined);
  return best && best.away <= Math.max(1, Math.floor(wanted.length / 3)) ? best.name : undefined;
}
