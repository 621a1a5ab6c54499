/**
 * The preparations of a service: commands that run once, one after the other, before its first replica. Through the keeper, so that they
 * end with palier too.
 */
import type { Service, SystemEvent } from '@palier/protocol';
import { controlError } from '../errors.ts';
import { checkCommand } from './process/command.ts';
import { endingInWords } from './process/ending.ts';
import { environmentOf } from './process/environment.ts';
import type { Exit } from './keeper/message.ts';
import { outputTail, outputText } from './process/output.ts';
import type { SlotSurroundings } from './slot.ts';

/** Throws PALIER_PREPARE_FAILED, PALIER_PREPARE_TIMEOUT, PALIER_COMMAND_MISSING and the like. */
export async function prepareService(service: Service, around: SlotSurroundings): Promise<void> {
  for (const [index, argv] of service.prepare.entries()) await runOne(service, argv, index + 1, around);
}

async function runOne(
  service: Service,
  argv: readonly string[],
  number: number,
  around: SlotSurroundings,
): Promise<void> {
  const { keeper, timers, clock, options } = around;
  const id = `${service.name}-prepare-${number}`;
  const command = argv[0] === 'sh' && argv[1] === '-c' ? (argv[2] ?? '') : argv.join(' ');
  const env = environmentOf({ ...around, base: around.env, service, replica: id, number: 0, port: null });
  checkCommand(service, argv, env);
  const event: Omit<SystemEvent, 'message'> = {
    atMs: clock.epochMs(),
    kind: 'note',
    service: service.name,
    replica: id,
  };
  around.event({ ...event, message: `${service.name} is prepared: ${command}` });
  const output = outputTail(options.maxOutputLines, options.maxOutputBytes);
  const ended = Promise.withResolvers<Exit>();
  keeper.launch({ id, argv, cwd: service.cwd, env, cpuCores: null, memoryBytes: null, cpus: null }, (news) => {
    if (news.kind === 'output') {
      output.push(news.lines);
      around.output(id, news.lines, news.dropped);
    } else if (news.kind === 'exited') ended.resolve(news);
    else if (news.kind === 'refused') ended.reject(new Error(news.reason));
  });
  let late = false;
  const cancel = timers.after(options.prepareTimeoutMs, () => {
    late = true;
    keeper.signal(id, 'SIGKILL');
  });
  const exit = await Promise.race([ended.promise, keeper.lost.then(fail)]).finally(cancel);
  const lines = outputText(output.last(20));
  if (late) {
    const seconds = options.prepareTimeoutMs / 1000;
    throw controlError('PALIER_PREPARE_TIMEOUT', { service: service.name, command, seconds, output: lines });
  }
  if (exit.code === 0) return;
  const how = endingInWords(exit, null);
  throw controlError('PALIER_PREPARE_FAILED', {
    service: service.name,
    command,
    how,
    output: lines,
    folder: service.cwd,
  });
}

function fail(error: Error): never {
  throw error;
}
