/**
 * `palier limit`: finds the highest load that keeps a scenario's limits, looks whether the system recovers from more, and says why it
 * ends there.
 */
import { join, relative, resolve } from 'node:path';
import { conditionsOf } from '@palier/control/machine';
import { type RunningSystem, runSystem } from '@palier/control/system';
import {
  type CheckedSystem,
  type LimitReport,
  protocolVersion,
  type Scenario,
  stateFolderOf,
  type System,
} from '@palier/protocol';
import type { LimitArguments } from './arguments.ts';
import { type Awake, keepAwake } from './awake.ts';
import { checkScenario } from './scenario-run.ts';
import { chosenScenarios, readConfig } from './config.ts';
import { textColumns } from './comparison.ts';
import { cliError } from './errors.ts';
import { limitLines } from './limit-lines.ts';
import type { ProbeArena } from './limit-probe.ts';
import { type Found, findAll, searchOptionsOf } from './limit-search.ts';
import { sessionOf } from './limit-session.ts';
import { checkWritable, writeWhole } from './output.ts';
import { palierVersion } from './palier-version.ts';
import { paintFor, startShow } from './picture/index.ts';
import { generatorsFor } from './generators.ts';
import { allottedCores, pinningOf, usableCpus } from './pinning.ts';
import { renderLimitReport } from './report/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';
import { systemSurroundings } from './system-surroundings.ts';
import { refuseWebSockets } from './websocket.ts';

export async function limit(args: LimitArguments, surroundings: Surroundings): Promise<number> {
  const { clock, folder, screen } = surroundings;
  const config = await readConfig(args.config, surroundings);
  const scenario = scenarioFor(config, args.scenario);
  const system = withReplicas(config.system, scenario.service, args.replicas);
  if (args.target === undefined) refuseWebSockets(scenario);
  checkScenario(scenario, system.folder);
  const reportFile = resolve(folder, args.report ?? join(stateFolderOf(system), 'limit.html'));
  await checkWritable(reportFile);
  if (args.json !== undefined) await checkWritable(resolve(folder, args.json));

  const cpus = await usableCpus();
  const most = Math.max(...(args.replicas ?? [0]));
  const atMost = args.replicas === undefined ? system : withReplicas(system, scenario.service, [most]);
  const systemCores = args.target === undefined ? allottedCores(atMost.services) : null;
  const generators = generatorsFor(cpus, systemCores, args, [scenario]);
  const pinning = pinningOf(cpus, systemCores, generators.pinned);
  const show = startShow(system.name, system.services, screen);
  const started = { epochMs: clock.epochMs(), monotonicMs: clock.monotonicMs() };
  const arena = { scenario, system, generatorCpus: pinning.generatorCpus, generators, originMs: started.monotonicMs };
  let running: RunningSystem | undefined;
  let found: Found;
  let awake: Awake | undefined;
  try {
    if (args.awake) awake = await keepAwake();
    if (args.target === undefined) {
      running = await runSystem(system, systemSurroundings(surroundings, show, pinning.systemCpus));
    }
    const ready = placed(args, arena, running);
    found = await findAll(args, running, sessionOf(ready, searchOptionsOf(args, ready), surroundings, show));
  } finally {
    if (running !== undefined) show.tell({ kind: 'finishing', note: 'stopping the system' });
    await running?.stop();
    await awake?.stop();
    show.end();
  }
  const report: LimitReport = {
    kind: 'palier-limit',
    version: protocolVersion,
    system: system.name,
    scenario: scenario.name,
    service: scenario.service,
    startedAt: new Date(started.epochMs).toISOString(),
    durationMs: clock.monotonicMs() - started.monotonicMs,
    conditions: {
      ...(await conditionsOf(palierVersion())),
      pinning: [
        ...pinning.sentences,
        ...(running?.conditions.pinning ?? []),
        ...found.placement,
        ...(awake === undefined ? [] : [awake.sentence]),
      ],
      allotments: running?.conditions.allotments ?? ['What the services use was not watched: only load was run.'],
      target: targetWords(args) ?? `${system.name}, run by palier from ${system.file}`,
    },
    model: scenario.model,
    thinkMs: scenario.model === 'closed' ? scenario.thinkMs : null,
    ...found.result,
  };
  return finish(report, found.gone, reportFile, args, surroundings);
}

/** What is loaded: the running system, or a stranger's server of which nothing is seen but its answers. */
function placed(
  args: LimitArguments,
  arena: Pick<ProbeArena, 'scenario' | 'system' | 'generatorCpus' | 'generators' | 'originMs'>,
  running: RunningSystem | undefined,
): ProbeArena {
  const { scenario, system } = arena;
  if (running === undefined) {
    const { target = '', insecure } = args;
    return { ...arena, target, insecure, replicas: 1, watch: null, failed: new Promise<Error>(() => {}) };
  }
  return {
    ...arena,
    target: running.urls[scenario.service] as string,
    replicas: system.services.find(({ name }) => name === scenario.service)?.replicas.min ?? 1,
    watch: (onSample, onEvent) => running.watch({ onSample, onEvent }),
    failed: running.failed,
  };
}

/** With numbers of replicas that were asked for: whatever the file says, it begins with the least of them and may go to the most. */
function withReplicas(system: System, service: string, counts: readonly number[] | undefined): System {
  if (counts === undefined) return system;
  const services = system.services.map((one) => {
    const replicas = { min: Math.min(...counts), max: Math.max(one.replicas.max, ...counts) };
    return one.name === service ? Object.assign({}, one, { replicas }) : one;
  });
  return { ...system, services };
}

function targetWords({ target, insecure }: LimitArguments): string | undefined {
  if (target === undefined || !insecure || !target.startsWith('https:')) return target;
  return `${target} (its certificate was not checked: --insecure)`;
}

/** The named one, or the only one. Throws PALIER_LIMIT_NOTHING when it has no limits to search for. */
function scenarioFor(config: CheckedSystem, name: string | undefined): Scenario {
  const all = Object.keys(config.scenarios);
  if (name === undefined && all.length !== 1) {
    const problem = `palier limit got no scenario, and there are ${all.length}`;
    throw cliError('PALIER_USAGE', { problem, expected: `one of ${all.join(', ')}` });
  }
  const [scenario] = chosenScenarios(config, [name ?? (all[0] as string)]) as [Scenario];
  // Pages are visited when a load is over, and here one follows the other; so a crash is of no one level, and what it costs is seen in errors.
  const { pages: _pages, crashes: _crashes, ...searched } = scenario.limits;
  const { routes = {}, metrics = {}, ...limits } = searched;
  const given = [...Object.values(limits), ...Object.values(routes).flatMap(Object.values), ...Object.values(metrics)];
  if (given.length === 0) throw cliError('PALIER_LIMIT_NOTHING', { scenario: scenario.name });
  return { ...scenario, limits: searched };
}

async function finish(
  report: LimitReport,
  isGone: boolean,
  reportFile: string,
  args: LimitArguments,
  surroundings: Surroundings,
): Promise<number> {
  const { folder, screen, stop } = surroundings;
  const paint = paintFor(screen);
  screen.write(`${limitLines(report, textColumns(screen), paint).join('\n')}\n`);
  await writeWhole(reportFile, renderLimitReport(report));
  if (args.json !== undefined) await writeWhole(resolve(folder, args.json), `${JSON.stringify(report)}\n`);
  screen.write(
    `\nReport: ${paint('bold', relative(folder, reportFile))} ${paint('dim', '(one page that opens offline: curves, bottleneck, law, all probes)')}\n`,
  );
  if (stop.asked.aborted) {
    return exitStatus.interrupted;
  }
  return report.outcome === 'found' && !isGone ? exitStatus.pass : exitStatus.unproved;
}
