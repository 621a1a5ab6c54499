/**
 * The generator's process. Says `ready`, is sent a plan, asks whether the target lives, plays the plan, tells each second, and ends with
 * the result or with what failed.
 *
 * Ctrl-C reaches it too, but only its parent decides when to stop; and it never outlives its parent: it ends when the channel does.
 */
import { systemClock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import { systemTimers } from '@palier/base/timers';
import type { GeneratorCommand, GeneratorMessage, GeneratorPlan, Target } from '@palier/protocol';
import { reachTarget } from './client/probe.ts';
import type { OpenChannel } from './client/channel.ts';
import { socketDial } from './client/socket.ts';
import { processHealth } from './record/process.ts';
import { Run } from './run.ts';

let run: Run | undefined;
let stopped = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (command: GeneratorCommand) => {
  if (command.kind === 'start') void start(command.plan);
  else {
    stopped = true;
    run?.stop('stopped');
  }
});
tell({ kind: 'ready' });

async function start(plan: GeneratorPlan): Promise<void> {
  try {
    const { host, ownAddresses } = await reachTarget(plan.target, plan.ownAddresses);
    const openChannel = usesChannels(plan) ? await channelsTo(host, plan.target) : null;
    run = new Run(
      { ...plan, ownAddresses },
      {
        clock: systemClock(),
        timers: systemTimers(),
        dial: socketDial(host, plan.target.port, plan.target.tls),
        openChannel,
        health: processHealth(),
        onSecond: (second) => tell({ kind: 'second', second }),
        // Its work is done when the result is on its way; leaving the channel ends the process.
        onResult: (result) => tell({ kind: 'result', result }, () => process.disconnect()),
      },
    );
    if (stopped) run.stop('stopped');
  } catch (error) {
    if (!(error instanceof PalierError)) throw error;
    const { code, message, hint } = error;
    tell({ kind: 'failed', code, message, hint }, () => process.disconnect());
  }
}

function usesChannels({ start, tasks }: GeneratorPlan): boolean {
  return [start, ...tasks.map(({ steps }) => steps)].some((steps) => steps.some(({ kind }) => kind !== undefined));
}

/** The library is only loaded for those who need it. */
async function channelsTo(host: string, target: Target): Promise<OpenChannel> {
  const { wsChannels } = await import('./client/channel-ws.ts');
  return wsChannels(host, target);
}

function tell(message: GeneratorMessage, sent: () => void = () => {}): void {
  process.send?.(message, sent);
}
