/**
 * Logins of one series: the same letters and a number (`hoss00312`, `hoss00315`). People's names share a beginning, too, the more of them there
 * are; a family has far more than the other beginnings of its channel. By itself it accuses nobody: Johns are many.
 */
import { logPoissonTail } from './chance.ts';
import type { FindOptions } from './options.ts';

export interface NameFamily {
  readonly stem: string;
  /** Places in the list that was handed in. */
  readonly members: readonly number[];
}

/** How likely one wrong family in a channel may be. */
const falseFamilies = 1e-6;
/** Shorter ones are initials. */
const leastStem = 3;

/** The letters before a login's number; null: it has no number at its end, or too few letters. */
function stemOf(login: string): string | null {
  const stem = /^(.*?)_?\d+$/.exec(login)?.[1];
  return stem === undefined || stem.length < leastStem ? null : stem;
}

/** The largest first. */
export function findFamilies(logins: readonly string[], options: FindOptions): readonly NameFamily[] {
  const byStem = new Map<string, number[]>();
  for (const [place, login] of logins.entries()) {
    const stem = stemOf(login);
    if (stem === null) continue;
    const members = byStem.get(stem);
    if (members === undefined) byStem.set(stem, [place]);
    else members.push(place);
  }
  const sizes = [...byStem.values()].map(({ length }) => length).toSorted((a, b) => a - b);
  // What nine of ten beginnings stay below: names are not evenly spread, some words are dear to many.
  const usual = Math.max(1, sizes[Math.floor(sizes.length * 0.9)] ?? 1);
  const families: NameFamily[] = [];
  for (const [stem, members] of byStem) {
    if (members.length < options.leastInFamily) continue;
    if (logPoissonTail(members.length, usual) > Math.log(falseFamilies / byStem.size)) continue;
    families.push({ stem, members });
  }
  return families.toSorted((a, b) => b.members.length - a.members.length).slice(0, options.mostFamilies);
}
