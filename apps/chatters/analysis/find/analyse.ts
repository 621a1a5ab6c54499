/** What the accounts of a channel's chat have in common: a pure function of what is known of them. */
import type { SeenAccount } from './account.ts';
import { serviceBots } from './bots.ts';
import { findClusters, within } from './clusters.ts';
import { findFamilies } from './families.ts';
import { type FindOptions, findDefaults } from './options.ts';

/** A day on which many of them were opened; no accusation by itself. */
export interface TopDay {
  /** `2024-05-14`, UTC. */
  readonly date: string;
  readonly count: number;
  /** How many the three months around let one expect. */
  readonly expected: number;
  readonly logins: readonly string[];
}

export interface Cluster {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly expected: number;
  readonly ids: readonly string[];
}

export interface Family {
  readonly stem: string;
  readonly count: number;
  readonly logins: readonly string[];
}

export type Reason =
  | {
      readonly kind: 'opened-together';
      readonly fromMs: number;
      readonly toMs: number;
      readonly count: number;
      readonly expected: number;
    }
  | { readonly kind: 'name-series'; readonly stem: string; readonly count: number }
  | { readonly kind: 'renamed'; readonly times: number };

/** Worth a look; what to do about it is the streamer's to say. */
export interface Suspect {
  readonly id: string;
  readonly login: string;
  readonly createdMs: number | null;
  readonly reasons: readonly Reason[];
}

export interface Findings {
  readonly accounts: number;
  /** Of them: of whom nobody could tell when they were opened. */
  readonly unknown: number;
  /** Of them: invited helpers, left out of everything below. */
  readonly serviceBots: number;
  readonly days: readonly TopDay[];
  readonly clusters: readonly Cluster[];
  readonly families: readonly Family[];
  readonly renamed: readonly { readonly id: string; readonly login: string; readonly times: number }[];
  readonly suspects: readonly Suspect[];
}

const dayMs = 86_400_000;

export function analyse(seen: readonly SeenAccount[], options: FindOptions = findDefaults): Findings {
  const people = seen.filter(({ login }) => !serviceBots.has(login));
  const dated = people
    .filter((account): account is SeenAccount & { createdMs: number } => account.createdMs !== null)
    .toSorted((a, b) => a.createdMs - b.createdMs);
  const createdMs = dated.map((account) => account.createdMs);
  const reasons = new Map<string, Reason[]>();
  const because = (id: string, reason: Reason): void =>
    void (reasons.get(id)?.push(reason) ?? reasons.set(id, [reason]));

  const clusters = findClusters(createdMs, options).map(({ fromMs, toMs, from, count, expected }) => {
    const members = dated.slice(from, from + count);
    for (const { id } of members) because(id, { kind: 'opened-together', fromMs, toMs, count, expected });
    return { fromMs, toMs, count, expected, ids: members.map(({ id }) => id) };
  });
  const names = people.map(({ login }) => login);
  const families = findFamilies(names, options).map(({ stem, members }) => {
    const count = members.length;
    for (const place of members) because((people[place] as SeenAccount).id, { kind: 'name-series', stem, count });
    return { stem, count, logins: members.slice(0, options.loginsTold).map((place) => names[place] as string) };
  });
  const renamed = people
    .filter(({ renames }) => renames >= options.renamesTold)
    .toSorted((a, b) => b.renames - a.renames);
  for (const { id, renames } of renamed) because(id, { kind: 'renamed', times: renames });

  return {
    accounts: seen.length,
    unknown: people.length - dated.length,
    serviceBots: seen.length - people.length,
    days: topDays(dated, createdMs, options),
    clusters,
    families,
    renamed: renamed.slice(0, options.loginsTold).map(({ id, login, renames }) => ({ id, login, times: renames })),
    suspects: people.flatMap(({ id, login, createdMs: openedMs }) => {
      const why = reasons.get(id) ?? [];
      return weight(why) < 2 ? [] : [{ id, login, createdMs: openedMs, reasons: why }];
    }),
  };
}

/** A name of a series, or many names, is a weak sign: one alone accuses nobody. */
function weight(reasons: readonly Reason[]): number {
  return reasons.reduce((sum, { kind }) => sum + (kind === 'opened-together' ? 2 : 1), 0);
}

function topDays(dated: readonly SeenAccount[], createdMs: readonly number[], options: FindOptions): readonly TopDay[] {
  const byDay = new Map<number, string[]>();
  for (const [place, { login }] of dated.entries()) {
    const day = Math.floor((createdMs[place] as number) / dayMs);
    const logins = byDay.get(day);
    if (logins === undefined) byDay.set(day, [login]);
    else logins.push(login);
  }
  const most = [...byDay].toSorted(([, a], [, b]) => b.length - a.length).slice(0, options.daysTold);
  return most.map(([day, logins]) => {
    const fromMs = day * dayMs;
    const days = Math.round(options.usualMs / dayMs);
    const around = within(createdMs, fromMs - days * dayMs, fromMs + (days + 1) * dayMs) - logins.length;
    return {
      date: new Date(fromMs).toISOString().slice(0, 10),
      count: logins.length,
      expected: around / (2 * days),
      logins: logins.slice(0, options.loginsTold),
    };
  });
}
