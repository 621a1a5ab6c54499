import { describe, expect, it } from 'vitest';
import { generatorLimits } from '../options.ts';
import { type Behaviour, fakeChannels } from '../testing/channel.ts';
import { crowd, planOf, stepOf, websocket } from '../testing/plan.ts';
import { play, type Played } from '../testing/play.ts';
import { ok } from '../testing/server.ts';
import type { GeneratorPlan } from '@palier/protocol';

const { connect, send, expect: awaited, hold, close } = websocket;
type Steps = GeneratorPlan['start'];

const opens: Behaviour = [{ afterMs: 10, event: 'open' }];
const message = (afterMs: number, text: string): Behaviour[number] => ({ afterMs, event: 'message', text });

function played(steps: Steps, channels: ReturnType<typeof fakeChannels>, change: Partial<GeneratorPlan> = {}): Played {
  const tasks = [{ name: 'talk', weight: 100, steps }];
  const plan = planOf({ tasks, thinkMs: { min: 1000, max: 1000 }, stages: crowd(1, 1000), ...change });
  return play(plan, { answer: () => ok(50), openChannel: channels.open });
}

describe('Talk', () => {
  it('times a connect until it is open, and an expect from when the send before it was due', () => {
    const channels = fakeChannels(
      () => opens,
      () => [message(30, '{"type":"ok"}')],
    );
    const { all } = played([connect('/'), hold(100), send({ a: 1 }), awaited({ type: 'ok' })], channels);
    expect(all.routes['connect']?.response.max).toBe(10_000);
    expect(all.routes['expect']?.response.max).toBe(30_000);
    expect(all.routes['expect']?.requests).toBe(1);
    expect(channels.sent).toEqual([{ text: '{"a":1}', atMs: 110 }]);
    expect(all.thinkMs).toBe(100 + 860);
    expect(all.waitMs).toBe(10 + 30);
  });

  it('takes a message that came before it was expected, in its order, and passes over others', () => {
    const early = [message(20, '{"n":1}'), message(21, 'nonsense'), message(22, '{"n":2,"id":"x"}')];
    const channels = fakeChannels(() => [...opens, ...early]);
    const steps = [
      connect('/'),
      hold(100),
      awaited({ n: 2 }, 500, { id: 'id' }),
      send('{{id}}'),
      awaited({ n: 1 }, 50),
    ];
    const { all } = played(steps, channels);
    expect(channels.sent[0]?.text).toBe('"x"');
    // The first was passed over, so it is not there any more.
    expect(all.routes['expect']).toMatchObject({ requests: 2, errors: { timeout: 1 } });
    expect(all.routes['expect']?.response.min).toBe(0);
  });

  it('closes at the end of the list, at a close and before a new start', () => {
    const channels = fakeChannels(() => opens);
    let most = 0;
    const steps = [connect('/a'), close(), connect('/b'), hold(50)];
    const { all } = play(
      planOf({
        start: [connect('/start')],
        tasks: [{ name: 'talk', weight: 100, steps }],
        thinkMs: { min: 10, max: 10 },
      }),
      {
        answer: () => ok(1),
        openChannel: (time) => {
          const open = channels.open(time);
          return (...asked) => {
            const channel = open(...asked);
            most = Math.max(most, channels.live.size);
            return channel;
          };
        },
      },
    );
    expect(most).toBe(1);
    expect(all.total.errors).toEqual({});
    expect(channels.live.size).toBe(0);
    expect(channels.asked.slice(0, 4).map(({ path }) => path)).toEqual(['/start', '/a', '/b', '/a']);
  });

  it('tells of a WebSocket that closed during a request only when it is used again', () => {
    const channels = fakeChannels(() => [...opens, { afterMs: 20, event: 'close', text: 'bye' }]);
    const { all } = played([connect('/'), stepOf(), send('hi'), awaited({})], channels);
    expect(all.routes['GET /']).toMatchObject({ requests: 1, errors: {} });
    expect(all.routes['send']).toMatchObject({ requests: 1, errors: { reset: 1 } });
    expect(all.routes['expect']).toBeUndefined();
  });

  it('wakes a hold at its time and not at that of one that was broken', () => {
    // The first WebSocket closes in the middle of its hold; the user holds again, on another, when the first hold would have ended.
    const channels = fakeChannels((n) => (n === 0 ? [...opens, { afterMs: 60, event: 'close' }] : opens));
    const steps = [connect('/'), hold(200), send('on')];
    const { all } = played(steps, channels, { thinkMs: { min: 20, max: 20 }, stages: crowd(1, 320) });
    expect(all.routes['hold']).toMatchObject({ requests: 1, errors: { reset: 1 } });
    // 10 open, closed at 60, 20 of pause, 10 open, 200 held.
    expect(channels.sent.map(({ atMs }) => atMs)).toEqual([60 + 20 + 10 + 200]);
  });

  it('forgets what it has not read when its WebSocket closes', () => {
    const both = [message(20, '{"n":1}'), message(21, '{"n":2}')];
    const channels = fakeChannels((n) => (n === 0 ? [...opens, ...both] : opens));
    const steps = [connect('/'), hold(50), awaited({ n: 1 }), close(), connect('/'), awaited({ n: 2 }, 50)];
    const { all } = played(steps, channels);
    expect(all.routes['expect']).toMatchObject({ requests: 2, errors: { timeout: 1 } });
  });

  it('keeps no more unread messages than its limits, and always the newest', () => {
    const many = Array.from({ length: 300 }, (_, i) => message(20, `{"n":${i}}`));
    const large = message(30, JSON.stringify({ n: 'large', filler: 'x'.repeat(generatorLimits.maxUnreadBytes) }));
    const few = fakeChannels(() => [...opens, ...many]);
    const { all } = played([connect('/'), hold(50), awaited({ n: 299 })], few);
    expect(all.droppedMessages).toBe(300 - generatorLimits.maxUnreadMessages);
    expect(all.total.errors).toEqual({});
    const one = fakeChannels(() => [...opens, ...many, large]);
    const { all: other } = played([connect('/'), hold(50), awaited({ n: 'large' })], one);
    expect(other.droppedMessages).toBe(300);
    expect(other.total.errors).toEqual({});
  });
});
