/** The lane against a primary whose replicas lag, stand still or are missing, in virtual time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PalierError } from '@palier/base/error';
import { type VirtualTime, virtualTime } from '@palier/testkit/clock';
import { Deadlines } from '../deadlines.ts';
import type { RedisArgs, RedisReply } from '../redis/link-redis.ts';
import { DurableLane, type LaneLink, NotNow, followersOf } from './lane-redis.ts';

/** Commands are done in their order, a millisecond after they came; `WAIT` holds up those behind it. */
class Primary {
  readonly node = { host: 'test', port: 1 };
  /** When each write was done, by its name. */
  readonly done = new Map<string, number>();
  readonly asked: string[] = [];
  readonly #time: VirtualTime;
  /** How long each replica takes to have a write; Infinity: it is connected and stands still. */
  readonly #lagsMs: readonly number[];
  #turn: Promise<void> = Promise.resolve();

  constructor(time: VirtualTime, lagsMs: readonly number[]) {
    this.#time = time;
    this.#lagsMs = lagsMs;
  }

  copies(name: string): number {
    const doneMs = this.done.get(name) ?? Number.POSITIVE_INFINITY;
    return this.#lagsMs.filter((lagMs) => doneMs + lagMs <= this.#nowMs).length;
  }

  call(
    args: RedisArgs,
    _timeoutMs: number,
    _nowMs: number,
    resolve: (reply: RedisReply) => void,
    reject: (error: unknown) => void,
  ): void {
    this.send(args).then(resolve, reject);
  }

  send(args: RedisArgs): Promise<RedisReply> {
    const dueMs = this.#nowMs + 1;
    const answer = this.#turn.then(async () => {
      await this.#until(dueMs);
      return this.#do(args.map(String));
    });
    this.#turn = answer.then(() => {});
    return answer;
  }

  async #do([command = '', first = '', second = '']: readonly string[]): Promise<RedisReply> {
    this.asked.push(command);
    if (command === 'ROLE') return ['master', 0, this.#lagsMs.map(() => ['host', '1', '0'])];
    if (command === 'SET') {
      this.done.set(first, this.#nowMs);
      return 'OK';
    }
    const last = [...this.done.keys()].at(-1) ?? '';
    const untilMs = this.#nowMs + Number(second);
    while (this.copies(last) < Number(first) && this.#nowMs < untilMs) await this.#until(this.#nowMs + 1);
    return this.copies(last);
  }

  async #until(dueMs: number): Promise<void> {
    if (dueMs > this.#nowMs) await this.#time.timers.sleep(dueMs - this.#nowMs);
  }

  get #nowMs(): number {
    return this.#time.clock.monotonicMs();
  }
}

function lane(time: VirtualTime, link: LaneLink, mostReplicas: number): DurableLane {
  const know = { mostReplicas, open: 0, ended: () => {}, eligible: undefined };
  const options = { maxWaiting: 10_000, frozenAfterMs: 300 };
  return new DurableLane(link, options, new Deadlines(time.clock, time.timers), time, know);
}

interface End {
  readonly atMs: number;
  readonly copies: number;
  readonly error?: unknown;
}

const scene = fc.record({
  lagsMs: fc.array(fc.oneof(fc.nat(60), fc.constant(Number.POSITIVE_INFINITY)), { maxLength: 3 }),
  mostReplicas: fc.nat(3),
  calls: fc.array(
    fc.record({
      atMs: fc.integer({ min: 1, max: 300 }),
      replicas: fc.integer({ min: 1, max: 3 }),
      timeoutMs: fc.integer({ min: 50, max: 800 }),
    }),
    { minLength: 1, maxLength: 25 },
  ),
});

test('no durable call is acknowledged before its copies are there; each ends once, in time, and says what was done', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ lagsMs, mostReplicas, calls }) => {
      const time = virtualTime();
      const primary = new Primary(time, lagsMs);
      const tested = lane(time, primary, mostReplicas);
      const ends = calls.map((): End[] => []);
      for (const [i, { atMs, replicas, timeoutMs }] of calls.entries()) {
        time.timers.after(atMs, () => {
          const name = `write ${i}`;
          const ended = (error?: unknown): void => {
            (ends[i] as End[]).push({ atMs: time.clock.monotonicMs(), copies: primary.copies(name), error });
          };
          const call = { args: ['SET', name], asking: false, replicas, timeoutMs };
          tested.call(call, time.clock.monotonicMs(), () => ended(), ended);
        });
      }
      await time.advance(2000);
      const quick = lagsMs.filter((lagMs) => lagMs <= 60).length;
      for (const [i, { atMs, replicas, timeoutMs }] of calls.entries()) {
        expect(ends[i]).toHaveLength(1);
        const end = (ends[i] as End[])[0] as End;
        // A tick of the deadlines, and what the link takes.
        expect(end.atMs).toBeLessThanOrEqual(atMs + timeoutMs + 25);
        const told = end.error instanceof NotNow ? end.error.told : end.error;
        const { code, facts } = told instanceof PalierError ? told : { code: undefined, facts: undefined };
        expect([undefined, 'PALIER_STATE_DURABLE', 'PALIER_STATE_COPIES', 'PALIER_STATE_LATE']).toContain(code);
        expect(end.error === undefined).toBe(code === undefined);
        expect(end.error === undefined && end.copies < replicas).toBe(false);
        expect(facts?.['outcome']).toBe(wentWrong(code, primary.done.has(`write ${i}`)));
        expect(replicas <= lagsMs.length && code === 'PALIER_STATE_DURABLE').toBe(false);
        // Nobody is held up where all ask for what there is.
        const easy = calls.every((one) => one.replicas <= quick) && timeoutMs >= 400;
        expect(easy && code !== undefined).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});

/** What an error should say of what was done. */
function wentWrong(code: string | undefined, done: boolean): string | undefined {
  if (code === undefined) return undefined;
  return done ? 'unknown' : 'none';
}

test('the writes of one turn share one question; those that come meanwhile share the next', async () => {
  const time = virtualTime();
  const primary = new Primary(time, [20, 30]);
  const tested = lane(time, primary, 0);
  let ended = 0;
  const write = (name: string): void => {
    void tested.send({ args: ['SET', name], asking: false, replicas: 2, timeoutMs: 1000 }).then(() => ended++);
  };
  for (let i = 0; i < 500; i++) write(`first ${i}`);
  await time.advance(10);
  for (let i = 0; i < 500; i++) write(`second ${i}`);
  await time.advance(200);
  expect(ended).toBe(1000);
  expect(primary.asked.filter((command) => command !== 'SET')).toEqual(['ROLE', 'WAIT', 'WAIT']);
});

test('where there have never been replicas a call is refused at once, with nothing written', async () => {
  const time = virtualTime();
  const primary = new Primary(time, []);
  const tested = lane(time, primary, 0);
  let told: unknown;
  void tested.send({ args: ['SET', 'a'], asking: false, replicas: 1, timeoutMs: 60_000 }).catch((error: unknown) => {
    told = error;
  });
  await time.advance(50);
  expect(told).toMatchObject({ code: 'PALIER_STATE_DURABLE', facts: { outcome: 'none' } });
  expect(primary.done.size).toBe(0);
});

test('where somebody chooses the next primary, one who may be chosen and has left holds calls up, however many others have confirmed', async () => {
  const time = virtualTime();
  let followers = ['a', 'b'];
  let eligible = ['a:1', 'b:1'];
  const link: LaneLink = {
    node: { host: 'test', port: 1 },
    call: (_args, _timeoutMs, _nowMs, resolve) => void Promise.resolve().then(() => resolve('OK')),
    send: ([command]) =>
      Promise.resolve(command === 'ROLE' ? ['master', 7, followers.map((host) => [host, '1', '7'])] : followers.length),
  };
  const know = { mostReplicas: 0, open: 0, ended: () => {}, eligible: () => new Set(eligible) };
  const options = { maxWaiting: 10_000, frozenAfterMs: 300 };
  const tested = new DurableLane(link, options, new Deadlines(time.clock, time.timers), time, know);
  let ended = 0;
  const write = () =>
    void tested.send({ args: ['SET', 'x'], asking: false, replicas: 1, timeoutMs: 1000 }).then(() => ended++);
  write();
  await time.advance(50);
  expect(ended).toBe(1);
  followers = ['b'];
  write();
  await time.advance(500);
  expect(ended).toBe(1);
  // The Sentinels call it down: it cannot be chosen.
  eligible = ['b:1'];
  await time.advance(50);
  expect(ended).toBe(2);
});

describe('a connection ends, and the next primary has none of what went over it', () => {
  /** Its `WAIT` has nothing to wait for: every follower "has" it. */
  const answers = async ([command]: RedisArgs): Promise<RedisReply> =>
    command === 'ROLE' ? ['master', 7, [['a', '1', '7']]] : command === 'WAIT' ? 1 : 'OK';
  const write = { args: ['SET', 'x'], asking: false, replicas: 1, timeoutMs: 1000 };

  /** What the caller is told when the connection ends while the first `held`, and what is behind it, wait for it. */
  async function ended(held: 'SET' | 'WAIT'): Promise<unknown> {
    const time = virtualTime();
    const lostMs = 50;
    let turn = Promise.resolve();
    const send = (args: RedisArgs): Promise<RedisReply> => {
      const answer = turn.then(async () => {
        const leftMs = lostMs + 1 - time.clock.monotonicMs();
        if (args[0] === held && leftMs > 0) await time.timers.sleep(leftMs);
        return await answers(args);
      });
      turn = answer.then(() => {});
      return answer;
    };
    const call: LaneLink['call'] = (args, _timeoutMs, _nowMs, resolve, reject) => void send(args).then(resolve, reject);
    const tested = lane(time, { node: { host: 'test', port: 1 }, call, send }, 1);
    const end = tested.send(write).catch((error: unknown) => error);
    time.timers.after(lostMs, () => tested.lost());
    await time.advance(2000);
    return await end;
  }

  test('whose question about the copies waited for the new connection: it is not acknowledged by that answer', async () => {
    expect(await ended('WAIT')).toMatchObject({ code: 'PALIER_STATE_COPIES', facts: { outcome: 'unknown' } });
  });

  test('between two questions about the copies: the answer to the second acknowledges nothing', async () => {
    const time = virtualTime();
    let copies = 0;
    const send = async (args: RedisArgs): Promise<RedisReply> => {
      if (args[0] !== 'WAIT') return await answers(args);
      await time.timers.sleep(Number(args[2]));
      // In the pause after this answer.
      time.timers.after(1, () => {
        copies = 1;
        tested.lost();
      });
      return copies;
    };
    const call: LaneLink['call'] = (args, _timeoutMs, _nowMs, resolve, reject) => void send(args).then(resolve, reject);
    const tested = lane(time, { node: { host: 'test', port: 1 }, call, send }, 1);
    const end = tested.send(write).catch((error: unknown) => error);
    await time.advance(2000);
    expect(await end).toMatchObject({ code: 'PALIER_STATE_COPIES', facts: { outcome: 'unknown' } });
  });

  test('before the write itself has left: it and its question go over the next one, and it is acknowledged', async () => {
    expect(await ended('SET')).toBe('OK');
  });
});

test('the answer of ROLE names who follows; who is no primary turns the write away himself', () => {
  expect(followersOf([Buffer.from('master'), 10, [['a', '1', '7']]])).toEqual([{ name: 'a:1', offset: 7 }]);
  expect(followersOf(['master', 10, []])).toEqual([]);
  expect(followersOf([Buffer.from('slave'), 'host', 1, 'connected', 10])).toBeUndefined();
  expect(followersOf(null)).toBeUndefined();
});
