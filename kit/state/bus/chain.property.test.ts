/** Random publishing, losing and coming back: who missed something is told so, who missed nothing is not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chain, type ChainEvent, nextChain, unheard } from './chain.ts';

/** An engine with one channel and one subscriber, whose connection delivers in order or is lost with all that is on it. */
class World {
  chain: Chain = unheard;
  stamp = '';
  published = 0;
  connected = false;
  gaps = 0;
  /** Up to here the subscriber knows where he is: he heard the message, or a gap was told for it. */
  mark: number | undefined;
  readonly wrong: string[] = [];
  /** With the message's number, or how many were published when the engine was asked. */
  wire: { readonly event: ChainEvent; readonly number: number }[] = [];

  publish(): void {
    const before = this.stamp;
    const number = ++this.published;
    this.stamp = `${number}-${number * 7}`;
    if (this.connected) this.wire.push({ event: { kind: 'message', before, stamp: this.stamp }, number });
  }

  connect(): void {
    this.connected = true;
    this.take({ kind: 'subscribed' }, 0);
  }

  ask(): void {
    this.wire.push({ event: { kind: 'known', stamp: this.stamp }, number: this.published });
  }

  lose(): void {
    this.connected = false;
    this.wire = [];
  }

  deliver(count: number): void {
    for (const { event, number } of this.wire.splice(0, count)) this.take(event, number);
  }

  take(event: ChainEvent, number: number): void {
    const first = this.chain.last === undefined;
    const { chain, gap } = nextChain(this.chain, event);
    this.chain = chain;
    const decided = event.kind === 'message' ? number - 1 : number;
    if (first && event.kind !== 'subscribed') this.mark = decided;
    if (gap) {
      this.gaps++;
      if (this.mark === undefined || decided <= this.mark) this.wrong.push(`a gap at ${number}, nothing was missed`);
      this.mark = decided;
    }
    if (event.kind !== 'message') return;
    if (number !== (this.mark ?? 0) + 1) this.wrong.push(`${number} after ${this.mark}, and no gap`);
    this.mark = number;
  }
}

const acts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant('publish' as const) },
    { weight: 4, arbitrary: fc.constant('deliver' as const) },
    { weight: 2, arbitrary: fc.constant('connect' as const) },
    { weight: 1, arbitrary: fc.constant('lose' as const) },
  ),
  { maxLength: 60, size: 'max' },
);

/** After coming back the engine's stamp is asked for at once, before anything else, or later. */
function play(list: readonly string[], askLate: boolean): World {
  const world = new World();
  for (const [i, act] of list.entries()) {
    if (act === 'publish') world.publish();
    else if (act === 'deliver') world.deliver(1 + (i % 3));
    else if (act === 'lose') world.lose();
    else if (!world.connected) {
      world.connect();
      if (askLate && i % 2 === 0) world.publish();
      world.ask();
    }
  }
  if (!world.connected) world.connect();
  world.ask();
  world.deliver(Number.POSITIVE_INFINITY);
  return world;
}

test('a gap is told where something was missed, and nowhere else', () => {
  let gaps = 0;
  fc.assert(
    fc.property(acts, fc.boolean(), (list, askLate) => {
      const world = play(list, askLate);
      expect(world.wrong).toEqual([]);
      expect(world.mark).toBe(world.published);
      gaps += world.gaps;
    }),
    { numRuns: 500 },
  );
  expect(gaps).toBeGreaterThan(100);
});

test('a server that lost its last moment and counts on from before it does not pass for one that lost nothing', () => {
  const heard = nextChain(unheard, { kind: 'known', stamp: '9-1.5' }).chain;
  const tenth = nextChain(heard, { kind: 'message', before: '9-1.5', stamp: '10-1.7' }).chain;
  // Killed, it came back with the ninth as its last one, and another tenth was published since.
  const back = nextChain(tenth, { kind: 'subscribed' }).chain;
  expect(nextChain(back, { kind: 'known', stamp: '10-2.1' }).gap).toBe(true);
  expect(nextChain(back, { kind: 'message', before: '9-1.5', stamp: '10-2.1' }).gap).toBe(true);
});
