/** The rows of the seed: the same rows for the same seed, whoever draws them. */
import { type Random, seededRandom } from '@palier/base/random';
import { makeId } from '../database/ids.ts';
import type { JobsTable, ReleasesTable, ReleaseWordsTable, RulesTable, Tables } from '../database/schema.ts';
import { type ReleaseType, releaseStatuses, releaseTypes } from '../releases/kinds.ts';
import { releaseName } from '../releases/naming.ts';
import { titleKey, titleWords } from '../releases/words.ts';
import { loginOf, userCount } from './people.ts';
import { adjectives, familyNames, givenNames, groupNames, nouns, roles, subjects } from './words.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly releases: number;
  readonly rules: number;
  /** Of `seedPassword`: made once, since 200 of them would take ten seconds of a core. */
  readonly passwordHash: string;
}

/** Rows by table, in the order in which they can be inserted. */
export type SeedRows = readonly { readonly table: keyof Tables; readonly rows: readonly object[] }[];

const firstDay = Date.UTC(2024, 0, 1);
const days = 700;
const dayMs = 24 * 60 * 60 * 1000;
const seriesTitles = ['Handbook', 'Stories', 'Journal', 'Atlas', 'Almanac', 'Notes', 'Lessons', 'Questions'] as const;

export function seedRows(options: SeedOptions): SeedRows {
  const random = seededRandom(options.seed);
  const people = peopleRows(random.fork('people'), options.passwordHash);
  const userIds = people.users.map((user) => user.id);
  const groups = groupNames.map((name, i) => ({ id: idAt(random.fork(`group ${i}`), firstDay), name }));
  const members = userIds.flatMap((user_id, i) => {
    const own = [groups[i % groups.length], groups[(i * 7 + 1) % groups.length]];
    return [...new Set(own)].flatMap((group) => (group === undefined ? [] : [{ user_id, group_id: group.id }]));
  });
  const drawn = releaseRows(random.fork('releases'), options.releases, userIds, groups);
  return [
    ...people.rows,
    { table: 'groups', rows: groups },
    { table: 'user_groups', rows: members },
    { table: 'releases', rows: drawn.releases },
    { table: 'release_words', rows: drawn.words },
    { table: 'jobs', rows: drawn.jobs },
    { table: 'rules', rows: ruleRows(random.fork('rules'), options.rules) },
  ];
}

/** The oldest release of a seed, however many it has. */
export function firstReleaseId(seed: number): string {
  const drawn = seedRows({ seed, releases: 1, rules: 0, passwordHash: '' });
  const releases = drawn.find(({ table }) => table === 'releases') as { rows: readonly ReleasesTable[] };
  return (releases.rows[0] as ReleasesTable).id;
}

function peopleRows(random: Random, password_hash: string): { users: { id: string }[]; rows: SeedRows } {
  const users = Array.from({ length: userCount }, (_, i) => ({
    id: idAt(random, firstDay + i * 1000),
    login: loginOf(i + 1),
    name: `${random.pick(givenNames)} ${random.pick(familyNames)}`,
    password_hash,
    created_at: iso(firstDay + i * 1000),
  }));
  const roleRows = Object.keys(roles).map((name) => ({ id: idAt(random, firstDay), name }));
  const permissions = roleRows.flatMap(({ id, name }) =>
    (roles[name] ?? []).map((permission) => {
      const [resource = '', action = ''] = permission.split(' ');
      return { role_id: id, resource, action };
    }),
  );
  // The first is administrator, every tenth an editor, the others pack.
  const userRoles = users.map((user, i) => ({
    user_id: user.id,
    role_id: (i === 0 ? roleRows[0] : i % 10 === 0 ? roleRows[1] : roleRows[2])?.id ?? '',
  }));
  return {
    users,
    rows: [
      { table: 'users', rows: users },
      { table: 'roles', rows: roleRows },
      { table: 'role_permissions', rows: permissions },
      { table: 'user_roles', rows: userRoles },
    ],
  };
}

function releaseRows(
  random: Random,
  count: number,
  userIds: readonly string[],
  groups: readonly { id: string; name: string }[],
): { releases: ReleasesTable[]; words: ReleaseWordsTable[]; jobs: JobsTable[] } {
  const releases: ReleasesTable[] = [];
  const words: ReleaseWordsTable[] = [];
  const jobs: JobsTable[] = [];
  for (let i = 0; i < count; i++) {
    const atMs = firstDay + Math.floor((i / count) * days * dayMs) + random.int(0, 60_000);
    const created_at = iso(atMs);
    const title = titleOf(random);
    const group = random.pick(groups);
    const release: ReleasesTable = {
      id: idAt(random, atMs),
      user_id: random.pick(userIds),
      group_id: group.id,
      // Most are books, as in the packer's life.
      release_type: random.next() < 0.7 ? ('EBOOK' satisfies ReleaseType) : random.pick(releaseTypes),
      status: random.next() < 0.8 ? 'completed' : random.pick(releaseStatuses),
      title,
      title_key: titleKey(title),
      name: releaseName(title, group.name, created_at),
      release_metadata: JSON.stringify({
        title,
        creators: [`${random.pick(givenNames)} ${random.pick(familyNames)}`],
        language: random.pick(['en', 'fr', 'de']),
        date: created_at.slice(0, 10),
        subjects: [random.pick(subjects)],
      }),
      config: '{}',
      file_path: null,
      file_bytes: null,
      file_sha256: null,
      created_at,
      updated_at: created_at,
    };
    releases.push(release);
    for (const word of titleWords(title)) words.push({ word, release_id: release.id });
    if (release.status === 'completed' || release.status === 'failed') {
      const { id: release_id, status, user_id: created_by } = release;
      const ended = { queue_id: null, reason: null, started_at: created_at, ended_at: created_at };
      jobs.push({ id: idAt(random, atMs), release_id, status, job_type: 'pack', created_by, created_at, ...ended });
    }
  }
  return { releases, words, jobs };
}

function titleOf(random: Random): string {
  const place = `${random.pick(adjectives)} ${random.pick(nouns)}`;
  switch (random.int(0, 4)) {
    case 0:
      return `The ${place}`;
    case 1:
      return `${random.pick(seriesTitles)} of ${random.pick(subjects)}, ${random.int(1, 12)}`;
    case 2:
      return `${random.pick(subjects)} for the ${place}`;
    case 3:
      return `${place} and ${random.pick(adjectives)} ${random.pick(nouns)}`;
    default:
      return `A ${random.pick(subjects)} ${random.pick(seriesTitles)}: ${place}`;
  }
}

function ruleRows(random: Random, count: number): RulesTable[] {
  return Array.from({ length: count }, (_, i) => {
    const section = random.pick(releaseTypes);
    const year = 2015 + (i % 11);
    const name = `${section} rules ${year}, part ${Math.floor(i / 11) + 1}`;
    const content = Array.from(
      { length: random.int(5, 20) },
      (_, line) =>
        `${line + 1}. A release about ${random.pick(subjects)} names its ${random.pick(nouns).toLowerCase()}.`,
    ).join('\n');
    const atMs = Date.UTC(year, 0, 1 + (i % 28));
    return { id: idAt(random, atMs), name, section, scene: 'PALIER', year, content, created_at: iso(atMs) };
  });
}

function idAt(random: Random, epochMs: number): string {
  return makeId(
    epochMs,
    Uint8Array.from({ length: 16 }, () => random.int(0, 31)),
  );
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
