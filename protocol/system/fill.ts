/**
 * From the file as written to what is meant: defaults filled in, times in milliseconds, folders absolute.
 */
import { resolve } from 'node:path';
import { parseDuration } from '@palier/base/duration';
import type { BalancerSettings, CommandFile, Health, Service, ServiceFile, SystemFile, Tunable } from './file.ts';
import { scenarioDefaults, systemDefaults } from './options.ts';
import type { Arrivals, ArrivalsFile, Scenario, ScenarioFile, Stage, StageFile } from './scenario.ts';

export function serviceOf(name: string, service: ServiceFile, folder: string): Service {
  const defaults = systemDefaults;
  const replicas = service.replicas ?? defaults.replicas;
  const tunables = tunablesOf(service.tunables ?? {});
  return {
    name,
    command: commandOf(service.command),
    prepare: (service.prepare ?? []).map(commandOf),
    cwd: resolve(folder, service.cwd ?? '.'),
    env: { ...service.env, ...Object.fromEntries(tunables.map(({ env, from }) => [env, from])) },
    replicas: typeof replicas === 'number' ? { min: replicas, max: replicas } : replicas,
    allotment: {
      cpuCores: service.allotment?.cpu ?? null,
      memoryBytes: service.allotment?.memoryMb === undefined ? null : service.allotment.memoryMb * 1024 * 1024,
    },
    tunables,
    http:
      service.http === false
        ? null
        : {
            listenPort: service.listen ?? 0,
            health: healthOf(service.health),
            routes: service.routes ?? [],
            metricsPath: service.metrics ?? null,
          },
    startTimeoutMs: service.startTimeout === undefined ? defaults.startTimeoutMs : durationMs(service.startTimeout),
    stopTimeoutMs: service.stopTimeout === undefined ? defaults.stopTimeoutMs : durationMs(service.stopTimeout),
  };
}

function tunablesOf(file: NonNullable<ServiceFile['tunables']>): readonly Tunable[] {
  return Object.entries(file).map(([name, { env, from, to, relieves }]) => ({
    name,
    env,
    from: String(from),
    to: String(to),
    relieves: relieves ?? systemDefaults.tunableRelieves,
  }));
}

function healthOf(health: ServiceFile['health']): Health {
  const file = typeof health === 'object' ? health : { path: health ?? systemDefaults.healthPath };
  return {
    path: file.path,
    intervalMs: file.interval === undefined ? systemDefaults.healthIntervalMs : durationMs(file.interval),
    timeoutMs: file.timeout === undefined ? systemDefaults.healthTimeoutMs : durationMs(file.timeout),
    unhealthyAfter: file.unhealthyAfter ?? systemDefaults.unhealthyAfterCount,
    healthyAfter: file.healthyAfter ?? systemDefaults.healthyAfterCount,
    acceptBelow500: health === undefined,
  };
}

export function balancerOf(file: SystemFile): BalancerSettings {
  const { balancer = {} } = file;
  const defaults = systemDefaults;
  return {
    policy: balancer.policy ?? defaults.policy,
    maxBodyBytes: balancer.maxBodyBytes ?? defaults.maxBodyBytes,
    maxHeaderBytes: balancer.maxHeaderBytes ?? defaults.maxHeaderBytes,
    maxClientConnections: balancer.maxConnections ?? defaults.maxClientConnections,
    responseTimeoutMs:
      balancer.responseTimeout === undefined ? defaults.responseTimeoutMs : durationMs(balancer.responseTimeout),
    idleTimeoutMs: balancer.idleTimeout === undefined ? defaults.idleTimeoutMs : durationMs(balancer.idleTimeout),
  };
}

export function scenarioOf(name: string, scenario: ScenarioFile, file: SystemFile): Scenario {
  const defaults = scenarioDefaults;
  const { arrivals, thinkTime = '0s' } = scenario;
  const think = typeof thinkTime === 'string' ? [thinkTime, thinkTime] : thinkTime;
  const firstWithHttp = Object.keys(file.services).find((service) => file.services[service]?.http !== false);
  return {
    name,
    description: scenario.description ?? '',
    model: arrivals === undefined ? 'closed' : 'open',
    service: scenario.service ?? (firstWithHttp as string),
    stages: stagesOf(scenario.stages ?? []),
    arrivals: arrivals === undefined ? null : arrivalsOf(arrivals),
    thinkMs: { min: durationMs(think[0] as string), max: durationMs(think[1] as string) },
    start: scenario.start ?? [],
    tasks: Object.entries(scenario.tasks).map(([task, { weight, steps }]) => ({ name: task, weight, steps })),
    data: scenario.data ?? {},
    draw: scenario.draw ?? {},
    limits: scenario.limits ?? {},
    judge: scenario.judge ?? defaults.judge,
    warmUpMs: scenario.warmUp === undefined ? defaults.warmUpMs : durationMs(scenario.warmUp),
    requestTimeoutMs:
      scenario.requestTimeout === undefined ? defaults.requestTimeoutMs : durationMs(scenario.requestTimeout),
    seed: scenario.seed ?? defaults.seed,
  };
}

function stagesOf(stages: readonly StageFile[]): Stage[] {
  let level = 0;
  return stages.map((stage) => {
    const fromLevel = level;
    if ('hold' in stage) return { kind: 'hold', fromLevel, toLevel: fromLevel, durationMs: durationMs(stage.hold) };
    level = 'rateTo' in stage ? stage.rateTo : stage.rampTo;
    const ms = 'within' in stage ? durationMs(stage.within) : (Math.abs(level - fromLevel) / stage.perSecond) * 1000;
    return { kind: 'ramp', fromLevel, toLevel: level, durationMs: ms };
  });
}

function arrivalsOf(file: ArrivalsFile): Arrivals {
  return {
    spacing: file.spacing ?? scenarioDefaults.spacing,
    maxConcurrent: file.maxConcurrent ?? scenarioDefaults.maxConcurrent,
    recorded: file.recorded ?? null,
  };
}

function commandOf(command: CommandFile): readonly string[] {
  return typeof command === 'string' ? ['sh', '-c', command] : command;
}

/** Of a text that the schema has accepted. */
function durationMs(text: string): number {
  return parseDuration(text) as number;
}
