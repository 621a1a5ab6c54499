/** What is still there when all is mended, asked of a replica that has seen nothing of it. */
import { until } from '@palier/testkit/until';
import type { Outcome, Told } from './load/answers.ts';
import type { Ending } from './judge/judge.ts';
import type { IssuedToken } from './load/role.ts';
import { machineMs } from './load/paced.ts';
import { openReplica, outcomeOf, type Replica, type Shared } from './service.ts';

export interface Left {
  /** Acknowledged, never ended, and not there. */
  readonly lost: number;
  /** Ended, acknowledged, and there. */
  readonly back: number;
}

const atOnce = 50;
const timeoutMs = 5000;

export async function lookAfter<Looked>(
  url: string,
  shared: Shared,
  look: (replica: Replica) => Promise<Looked>,
): Promise<Looked> {
  await using replica = await openReplica(url, shared, { timeoutMs });
  const all = Array.from({ length: 20 }, (_, i) => `is ${i} there?`);
  const isThere = (): Promise<boolean> =>
    Promise.all(all.map((key) => replica.kv.get(key))).then(
      () => true,
      () => false,
    );
  await until('all of the engine is there again', isThere, { withinMs: 60_000 });
  // The replica is closed when this returns.
  return await look(replica);
}

export function sessionsLeft(
  { sessions }: Replica,
  { answers, kept }: Told,
  endings: ReadonlyMap<number, Ending>,
): Promise<Left> {
  const cookies = new Map(kept);
  const made = answers.filter(({ act, outcome }) => act === 'make' && outcome === 'good');
  return count(
    made.map(({ subject }) => subject),
    endings,
    async (subject) => ((await sessions.open(cookies.get(subject))).user === undefined ? 'refused' : 'good'),
  );
}

/** A token that may be over by then is not asked for. */
export function tokensLeft(
  { tokens }: Replica,
  issued: readonly IssuedToken[],
  endings: ReadonlyMap<number, Ending>,
): Promise<Left> {
  const soonMs = Date.now() + 2 * timeoutMs;
  const subjects = issued.flatMap(({ expiresAtMs }, subject) => (expiresAtMs > soonMs ? [subject] : []));
  return count(subjects, endings, async (subject) => {
    await tokens.validate((issued[subject] as IssuedToken).accessToken);
    return 'good';
  });
}

export async function keysLeft({ kv }: Replica, { kept }: Told): Promise<Left> {
  let lost = 0;
  for (let from = 0; from < kept.length; from += 500) {
    const found = await kv.getMany(kept.slice(from, from + 500).map(([, key]) => key));
    lost += found.filter((value) => value === undefined).length;
  }
  return { lost, back: 0 };
}

/** When a token is over by itself, as an ending: at which moment of the machine's clock. */
export function expiryOf({ expiresAtMs }: IssuedToken): Ending {
  const atMs = expiresAtMs - Date.now() + machineMs();
  // A replica's notion of the engine's time is ahead by the way there at most; the wall clock is told in whole milliseconds.
  return { begunMs: atMs - 1000, ackedMs: atMs + 2, exact: true };
}

async function count(
  subjects: readonly number[],
  endings: ReadonlyMap<number, Ending>,
  ask: (subject: number) => Promise<Outcome>,
): Promise<Left> {
  let [lost, back] = [0, 0];
  for (let from = 0; from < subjects.length; from += atOnce) {
    const some = subjects.slice(from, from + atOnce);
    const outcomes = await Promise.all(some.map((subject) => ask(subject).catch(refusedOrThrown)));
    outcomes.forEach((outcome, i) => {
      const ending = endings.get(some[i] as number);
      if (ending === undefined && outcome === 'refused') lost++;
      if (ending?.ackedMs != null && outcome === 'good') back++;
    });
  }
  return { lost, back };
}

/** The engine is there: whatever else goes wrong now is no finding but a fault of this study. */
function refusedOrThrown(error: unknown): Outcome {
  if (outcomeOf(error) === 'refused') return 'refused';
  throw error;
}
