/** What the bus tells its subscribers while servers die, stand still and are replaced: every message, or a gap. Counts, never times. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisCall, redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type Bus, openBus, type Subscriber } from '../index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
const channel = 'news';

/** Numbers in the order of their publication, gaps, and whether messages come. */
class Heard implements Subscriber {
  readonly events: (number | 'gap' | 'deaf' | 'listens')[] = [];

  message(bytes: Buffer): void {
    this.events.push(Number(bytes));
  }

  gap(): void {
    this.events.push('gap');
  }

  listening(listens: boolean): void {
    this.events.push(listens ? 'listens' : 'deaf');
  }

  get gaps(): number {
    return this.events.filter((one) => one === 'gap').length;
  }

  get last(): number | undefined {
    return this.events.findLast((one) => typeof one === 'number');
  }
}

/** Publishes 1, 2, 3… one after the other, whatever becomes of it; `acknowledged` are those that were. */
function publishing(bus: Bus): { readonly acknowledged: number[]; stop(): Promise<void> } {
  const acknowledged: number[] = [];
  const over = new AbortController();
  const run = async (): Promise<void> => {
    for (let number = 1; !over.signal.aborted; number++) {
      await bus.publish(channel, `${number}`, { timeoutMs: 500 }).then(
        () => void acknowledged.push(number),
        () => {},
      );
      await timers.sleep(2);
    }
  };
  const done = run();
  return {
    acknowledged,
    async stop() {
      over.abort();
      await done;
    },
  };
}

/** Every acknowledged message was heard, or a gap was told before the next one that was; in order and none twice. */
function expectNoneLostInSilence({ events }: Heard, acknowledged: readonly number[]): void {
  const numbers = events.filter((one) => typeof one === 'number');
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  const there = new Set(numbers);
  const missed = acknowledged.filter((number) => number <= (numbers.at(-1) ?? 0) && !there.has(number));
  let before = 0;
  let gap = false;
  const silent: number[] = [];
  for (const one of events) {
    if (one === 'gap') gap = true;
    if (typeof one !== 'number') continue;
    if (!gap) silent.push(...missed.filter((number) => number > before && number < one));
    before = one;
    gap = false;
  }
  expect(silent).toEqual([]);
}

describe('a bus over one Redis server', redisServer().options, () => {
  test.each(['kill', 'freeze'] as const)('%s of the server: every message, or a gap', async (how) => {
    await using server = await startRedis({ settings: { appendfsync: 'always' } });
    await using bus = await openBus(server.url, around);
    await using other = await openBus(server.url, around);
    const heard = new Heard();
    await other.subscribe(channel, heard);
    const { acknowledged, stop } = publishing(bus);
    await until('messages come', () => (heard.last ?? 0) > 20);
    if (how === 'kill') await server.kill();
    else server.freeze();
    await until('it is known that none come', () => heard.events.includes('deaf'));
    if (how === 'kill') await server.start();
    else server.thaw();
    const before = acknowledged.at(-1) ?? 0;
    await until('messages come again', () => (heard.last ?? 0) > before + 20, { withinMs: 60_000 });
    await stop();
    expectNoneLostInSilence(heard, acknowledged);
    expect(acknowledged.length).toBeGreaterThan(40);
  });

  test('a lost connection during which nothing was published is no gap; one message is one', async () => {
    await using server = await startRedis();
    /** What waits for its time is kept here while its way back is held up. */
    let held: (() => void)[] | undefined;
    const later = (ms: number, run: () => void) =>
      timers.after(ms, () => (held === undefined ? run() : held.push(run)));
    const slow = { ...timers, after: later };
    await using bus = await openBus(server.url, around);
    await using other = await openBus(server.url, { ...around, timers: slow });
    const heard = new Heard();
    await other.subscribe(channel, heard, { timeoutMs: 10_000 });
    await bus.publish(channel, '1', { timeoutMs: 10_000 });
    await until('it is heard', () => heard.last === 1);
    const cut = async (): Promise<void> => {
      const times = heard.events.filter((one) => one === 'deaf').length;
      await redisCall(server, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      await until('it is deaf', () => heard.events.filter((one) => one === 'deaf').length > times);
    };
    await cut();
    await until('it listens', () => heard.events.at(-1) === 'listens');
    expect(heard.gaps).toBe(0);
    await bus.publish(channel, '2', { timeoutMs: 10_000 });
    await until('it is heard', () => heard.last === 2);
    expect(heard.gaps).toBe(0);
    // Its way back is held up, so that it is deaf for the next one.
    held = [];
    await cut();
    await bus.publish(channel, '3', { timeoutMs: 10_000 });
    const goOn = held;
    held = undefined;
    for (const run of goOn) run();
    await until('it listens', () => heard.events.at(-1) === 'listens');
    await bus.publish(channel, '4', { timeoutMs: 10_000 });
    await until('it is heard', () => heard.last === 4);
    expect(heard.events.slice(-4)).toEqual(['deaf', 'gap', 'listens', 4]);
  });

  test('two databases of one server do not hear each other', async () => {
    await using server = await startRedis();
    await using bus = await openBus(server.url, around);
    await using elsewhere = await openBus(`${server.url}/1`, around);
    const heard = new Heard();
    await bus.subscribe(channel, heard);
    await elsewhere.publish(channel, '1');
    await bus.publish(channel, '2');
    await until('it is heard', () => heard.last === 2);
    expect(heard.events).toEqual(['listens', 2]);
  });
});

describe('a bus over a primary and its Sentinels', redisServer().options, () => {
  test.each(['kill', 'freeze'] as const)('%s of the primary: every message, or a gap', async (how) => {
    await using set = await startSentinels();
    await using bus = await openBus(set.url, around);
    await using other = await openBus(set.url, around);
    const heard = new Heard();
    await other.subscribe(channel, heard, { timeoutMs: 10_000 });
    const { acknowledged, stop } = publishing(bus);
    await until('messages come', () => (heard.last ?? 0) > 20);
    const before = await set.primary();
    if (how === 'kill') await before.kill();
    else before.freeze();
    await until('it is known that none come', () => heard.events.includes('deaf'));
    const lastOne = acknowledged.at(-1) ?? 0;
    await until('messages come again', () => (heard.last ?? 0) > lastOne + 20, { withinMs: 90_000 });
    await stop();
    expectNoneLostInSilence(heard, acknowledged);
    // Followed from its own word on: the Sentinels name it a moment later.
    const now = await until(
      'another is the primary',
      async () => {
        const primary = await set.primary();
        return primary !== before && primary;
      },
      { withinMs: 90_000 },
    );
    expect(now).not.toBe(before);
  });
});

describe('a bus over a Redis Cluster', redisServer().options, () => {
  test('kill of the primary of a channel: every message, or a gap', async () => {
    await using cluster = await startCluster();
    await using bus = await openBus(cluster.url, around);
    await using other = await openBus(cluster.url, around);
    const heard = new Heard();
    await other.subscribe(channel, heard, { timeoutMs: 10_000 });
    const { acknowledged, stop } = publishing(bus);
    await until('messages come', () => (heard.last ?? 0) > 20);
    const node = cluster.nodes[0] as { port: number };
    const slot = Number(await redisCall(node, ['CLUSTER', 'KEYSLOT', `{${channel}}`]));
    const before = await cluster.primaryOf(slot);
    await before.kill();
    const lastOne = acknowledged.at(-1) ?? 0;
    await until('messages come again', () => (heard.last ?? 0) > lastOne + 20, { withinMs: 90_000 });
    await stop();
    expectNoneLostInSilence(heard, acknowledged);
    expect(heard.events).toContain('deaf');
  });
});

describe('a bus in a SQLite file', () => {
  test('who stood still for longer than messages are kept is told a gap, once, and hears on', async () => {
    await using folder = await temporaryFolder('bus');
    const url = `sqlite:${folder.file('state.sqlite')}`;
    await using bus = await openBus(url, around);
    // Its clockwork stands still until it is let go.
    let look: () => void = () => {};
    const still = { ...timers, every: (_: number, run: () => void) => ((look = run), () => {}) };
    await using other = await openBus(url, { ...around, timers: still });
    const heard = new Heard();
    await other.subscribe(channel, heard);
    await bus.publish(channel, '1');
    look();
    for (let i = 0; i < 3; i++) {
      await Promise.all(Array.from({ length: 4000 }, () => bus.publish('other', 'a', { timeoutMs: 30_000 })));
    }
    await bus.publish(channel, '2');
    for (let i = 0; i < 50; i++) look();
    expect(heard.events).toEqual(['listens', 1, 'gap', 2]);
  });
});
