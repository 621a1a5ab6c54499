/**
 * `palier shards [URL]`: the shards of a Redis Cluster, by measured load; `--add` and `--rebalance` move slots while requests run.
 *
 * Ctrl-C ends it after the slot in hand. Whatever ends it, the same words go on where it was.
 */
import { resolve } from 'node:path';
import { systemSurroundings } from '@palier/base/surroundings';
import { silentLog } from '@palier/base/log';
import {
  type Moved,
  type MoveOptions,
  type MoveProgress,
  openShards,
  type Plan,
  type Shards,
  type ShardsLook,
} from '@palier/kit/state/shards';
import type { ShardsArguments } from './arguments.ts';
import { cliError } from './errors.ts';
import { checkWritable, writeWhole } from './output.ts';
import { paintFor } from './picture/index.ts';
import { lookLines, loneLine, planLines, progressLine, stoppedLine } from './shards-lines.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

const progressOnTerminalMs = 100;
const progressElsewhereMs = 5000;

export async function shards(args: ShardsArguments, surroundings: Surroundings): Promise<number> {
  const { screen, env, folder, stop } = surroundings;
  const url = args.url ?? env['REDIS_URL'];
  if (url === undefined)
    throw cliError('PALIER_USAGE', {
      problem: 'palier shards got no URL',
      expected: 'the URL of a Cluster, or REDIS_URL',
    });
  if (args.json !== undefined) await checkWritable(resolve(folder, args.json));
  const paint = paintFor(screen);
  const write = (lines: readonly string[]): void => lines.forEach((line) => screen.write(`${line}\n`));
  using all = await openShards(url, systemSurroundings(silentLog));
  const changes = args.rebalance || args.add.length > 0;
  const options = { signal: stop.asked, progress: shown(surroundings) };
  if (changes && !args.dryRun) await prepare(all, args, options);
  const look = await all.look(args.sampleMs === undefined ? {} : { sampleMs: args.sampleMs });
  write(lookLines(look, paint));
  const result: ShardsResult = { kind: 'palier-shards', version: 1, look: withoutWeights(look) };
  let status = exitStatus.pass;
  if (changes) {
    const plan = all.plan(
      args.dryRun ? withEmpty(look, args) : look,
      args.goal === undefined ? {} : { goal: args.goal },
    );
    write(planLines(plan, look, args.dryRun, paint));
    Object.assign(result, { plan: { ...plan, loads: undefined } });
    if (!args.dryRun && !stop.asked.aborted) {
      const moved = await all.move(plan.moves, options);
      endProgress(surroundings);
      Object.assign(result, { moved });
      if (plan.moves.length > 0) write([`${paint('green', '✔')} ${moved.slots} slots moved with ${moved.keys} keys.`]);
      if (moved.leftSlots > 0) status = exitStatus.interrupted;
    }
    if (stop.asked.aborted) status = exitStatus.interrupted;
    if (status === exitStatus.interrupted) write([stoppedLine(args.url)]);
  }
  write(loneLine(look, args.addReplicas.length === 0 ? args.add.length : 0, paint));
  if (args.json !== undefined) await writeWhole(resolve(folder, args.json), `${JSON.stringify(result)}\n`);
  return status;
}

interface ShardsResult {
  readonly kind: 'palier-shards';
  readonly version: 1;
  readonly look: Omit<ShardsLook, 'loaded'>;
  readonly plan?: Omit<Plan, 'loads'>;
  readonly moved?: Moved;
}

/** What was begun is ended first: the load is looked at as it then is. */
async function prepare(all: Shards, args: ShardsArguments, options: MoveOptions): Promise<void> {
  await all.takeUp(options);
  if (args.add.length > 0) await all.add(args.add, args.addReplicas);
}

/** As it would be with nodes that are not there yet. */
function withEmpty(look: ShardsLook, { add }: ShardsArguments): ShardsLook {
  const known = new Set(look.shards.map(({ node }) => node));
  const names = add.map(({ host, port }) => `${host}:${port}`).filter((name) => !known.has(name));
  return { ...look, loaded: [...look.loaded, ...names.map((id) => ({ id, slots: new Map<number, number>() }))] };
}

function withoutWeights({ shards, imbalance, hottest, halfDone }: ShardsLook): Omit<ShardsLook, 'loaded'> {
  return { shards, imbalance, hottest, halfDone };
}

function shown({ screen, clock }: Surroundings): (progress: MoveProgress) => void {
  const everyMs = screen.isTTY ? progressOnTerminalMs : progressElsewhereMs;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < everyMs) return;
    lastMs = nowMs;
    screen.write(screen.isTTY ? `\r${progressLine(progress)}\x1b[K` : `${progressLine(progress)}\n`);
  };
}

function endProgress({ screen }: Surroundings): void {
  if (screen.isTTY) screen.write('\r\x1b[K');
}
