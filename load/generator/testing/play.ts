/** Plays a plan against a fake server in virtual time. */
import type { GeneratorPlan, LoadResult, LoadSecond, WindowResult } from '@palier/protocol';
import { type VirtualTime, virtualTime } from '@palier/testkit/clock';
import type { OpenChannel } from '../client/channel.ts';
import { Run } from '../run.ts';
import { type FakeServer, type FakeServerOptions, fakeServer } from './server.ts';

export interface Played {
  readonly result: LoadResult;
  /** The only or the first window. */
  readonly all: WindowResult;
  readonly seconds: readonly LoadSecond[];
  readonly server: FakeServer;
}

export interface PlayOptions extends Omit<FakeServerOptions, 'time'> {
  /** Opens WebSockets in this time. Default: the plan has none. */
  readonly openChannel?: (time: VirtualTime) => OpenChannel;
  /** Called with the run when this time has come. */
  readonly at?: { readonly ms: number; readonly act: (run: Run) => void };
}

export function play(plan: GeneratorPlan, options: PlayOptions, time: VirtualTime = virtualTime()): Played {
  const server = fakeServer({ ...options, time });
  const seconds: LoadSecond[] = [];
  let result: LoadResult | undefined;
  const run = new Run(plan, {
    clock: time.clock,
    timers: time.timers,
    dial: server.dial,
    openChannel: options.openChannel?.(time) ?? null,
    health: { loopMs: () => ({ idle: time.clock.monotonicMs(), active: 0 }), cpuMs: () => 0, gcMs: () => 0 },
    onSecond: (second) => seconds.push(second),
    onResult: (whole) => {
      result = whole;
    },
  });
  if (options.at !== undefined) {
    time.advanceAtOnce(options.at.ms);
    options.at.act(run);
  }
  const lengthMs = plan.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  // Long enough for all that the plan allows.
  time.advanceAtOnce(lengthMs + plan.requestTimeoutMs + 1000);
  if (result === undefined) throw new Error('the run never ended');
  return { result, all: result.windows[0] as WindowResult, seconds, server };
}
