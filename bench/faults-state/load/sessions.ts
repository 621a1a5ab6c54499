/** Log-ins, requests of those who are logged in, and of those who no longer are. */
import { seededRandom } from '@palier/base/random';
import type { Sessions } from '@palier/kit/session';
import type { Outcome, Told } from './answers.ts';
import type { Call, Load } from './paced.ts';
import type { Place, SessionsRole } from './role.ts';
import { cookieOf } from '../service.ts';

interface Made {
  readonly cookie: string;
  readonly handle: string;
  readonly place: Place;
}

/** Of the requests, so many come with a session that was ended. */
const endedShare = 0.25;

export async function openSessionsLoad(
  load: Load,
  sessions: Sessions,
  { users, makesPerSecond, readsPerSecond, endsPerSecond }: SessionsRole,
): Promise<{ begin(): void; kept(): Told['kept'] }> {
  const random = seededRandom('sessions');
  const made = new Map<number, Made>();
  const [live, ended]: [number[], number[]] = [[], []];

  function make(subject: number): Call {
    const place = users[subject % users.length] as Place;
    const run = async (): Promise<Outcome> => {
      const session = await sessions.open(undefined);
      session.set('number', subject);
      session.login(place.name);
      const cookie = cookieOf((await sessions.commit(session)) as string);
      made.set(subject, { cookie, handle: session.handle as string, place });
      live.push(subject);
      return 'good';
    };
    return { act: 'make', subject, shard: place.shard, run };
  }

  function read(): Call | undefined {
    const among = ended.length > 0 && random.next() < endedShare ? ended : live;
    if (among.length === 0) return undefined;
    const subject = random.pick(among);
    const { cookie, place } = made.get(subject) as Made;
    const run = async (): Promise<Outcome> => {
      const { user } = await sessions.open(cookie);
      if (user === undefined) return 'refused';
      return user === place.name ? 'good' : 'failed';
    };
    return { act: 'read', subject, shard: place.shard, run };
  }

  function end(): Call | undefined {
    if (live.length === 0) return undefined;
    const at = random.int(0, live.length - 1);
    const subject = live[at] as number;
    live[at] = live.at(-1) as number;
    live.pop();
    ended.push(subject);
    const { handle, place } = made.get(subject) as Made;
    const run = async (): Promise<Outcome> => ((await sessions.end(place.name, handle)) ? 'good' : 'refused');
    return { act: 'end', subject, shard: place.shard, run };
  }

  // Connected before anything counts.
  await sessions.list((users[0] as Place).name);
  return {
    begin() {
      load.pace(makesPerSecond, make);
      load.pace(readsPerSecond, read);
      load.pace(endsPerSecond, end);
    },
    kept: () => [...made].map(([subject, { cookie }]) => [subject, cookie]),
  };
}
