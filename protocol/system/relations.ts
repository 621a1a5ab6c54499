/**
 * What must hold between the keys of a system file whose shape is right: references that point at something, sums, orders.
 */
import type { ServiceFile, SystemFile } from './file.ts';
import { modelProblems } from './model.ts';
import { oneOf, type Problem, showValue } from './problem.ts';
import type { ScenarioFile } from './scenario.ts';
import { listProblems } from './step/relations.ts';

/** Every relation that does not hold. */
export function relationProblems(file: SystemFile): Problem[] {
  const problems: Problem[] = [];
  const listeners = new Map<number, string>();
  for (const [name, service] of Object.entries(file.services)) {
    const key = `services.${name}`;
    if (typeof service.replicas === 'object' && service.replicas.min > service.replicas.max) {
      problems.push({ key: `${key}.replicas`, is: showValue(service.replicas), expected: 'min to be at most max' });
    }
    if (service.http === false) {
      for (const unused of ['health', 'routes', 'metrics', 'listen'] as const) {
        if (service[unused] === undefined) continue;
        problems.push({
          key: `${key}.${unused}`,
          is: showValue(service[unused]),
          expected: 'nothing, since http is false',
        });
      }
    }
    problems.push(...tunableProblems(key, service));
    const other = service.listen === undefined ? undefined : listeners.get(service.listen);
    if (other !== undefined) {
      problems.push({
        key: `${key}.listen`,
        is: String(service.listen),
        expected: `a port that ${other} does not use`,
      });
    }
    if (service.listen !== undefined) listeners.set(service.listen, name);
  }
  for (const [name, scenario] of Object.entries(file.scenarios ?? {})) {
    problems.push(...scenarioProblems(`scenarios.${name}`, scenario, file));
  }
  return problems;
}

function tunableProblems(key: string, service: ServiceFile): Problem[] {
  const seen = new Set(['PORT', ...Object.keys(service.env ?? {})]);
  const problems: Problem[] = [];
  for (const [name, { env, from, to }] of Object.entries(service.tunables ?? {})) {
    const own = `${key}.tunables.${name}`;
    if (seen.has(env)) {
      const expected = 'a variable that neither env nor another tunable sets';
      problems.push({ key: `${own}.env`, is: showValue(env), expected });
    }
    if (String(from) === String(to)) {
      problems.push({ key: `${own}.to`, is: showValue(to), expected: 'another value than from' });
    }
    seen.add(env);
  }
  return problems;
}

function scenarioProblems(key: string, scenario: ScenarioFile, file: SystemFile): Problem[] {
  const problems: Problem[] = [];
  const weights = Object.values(scenario.tasks).map((task) => task.weight);
  const sum = Number(weights.reduce((total, weight) => total + weight, 0).toFixed(6));
  if (sum !== 100) {
    problems.push({
      key: `${key}.tasks`,
      is: `weights ${weights.join(' + ')} = ${sum}`,
      expected: 'weights that add up to 100',
    });
  }
  const withHttp = Object.keys(file.services).filter((name) => file.services[name]?.http !== false);
  if (scenario.service !== undefined && !withHttp.includes(scenario.service)) {
    problems.push({
      key: `${key}.service`,
      is: showValue(scenario.service),
      expected: oneOf('a service with HTTP', withHttp),
    });
  } else if (scenario.service === undefined && withHttp.length === 0) {
    problems.push({ key: `${key}.service`, is: 'nothing', expected: 'a service with HTTP, and the system has none' });
  }
  problems.push(...modelProblems(key, scenario));
  for (const [name, data] of Object.entries(scenario.data ?? {})) {
    if ((data.file === undefined) === (data.rows === undefined)) {
      problems.push({ key: `${key}.data.${name}`, is: showValue(data), expected: 'either a file or rows' });
    }
  }
  for (const [name, draw] of Object.entries(scenario.draw ?? {})) {
    if ('int' in draw && draw.int[0] > draw.int[1]) {
      problems.push({ key: `${key}.draw.${name}.int`, is: showValue(draw.int), expected: 'the smaller number first' });
    }
  }
  problems.push(...stepProblems(key, scenario), ...limitProblems(key, scenario, file));
  return problems;
}

function stepProblems(key: string, scenario: ScenarioFile): Problem[] {
  const given = new Set([...Object.keys(scenario.data ?? {}), ...Object.keys(scenario.draw ?? {})]);
  // What the start takes, every task has; what a task takes, only its own later steps can rely on.
  const problems = listProblems(`${key}.start`, scenario.start ?? [], given);
  for (const [name, task] of Object.entries(scenario.tasks)) {
    problems.push(...listProblems(`${key}.tasks.${name}.steps`, task.steps, new Set(given)));
  }
  return problems;
}

function limitProblems(key: string, scenario: ScenarioFile, file: SystemFile): Problem[] {
  const problems: Problem[] = [];
  const limits = scenario.limits ?? {};
  const services = Object.keys(file.services);
  for (const [kind, allotted] of [
    ['cpuPercent', 'cpu'],
    ['memoryPercent', 'memoryMb'],
  ] as const) {
    const limit = limits[kind];
    if (limit === undefined) continue;
    const named = typeof limit === 'number' ? services : Object.keys(limit);
    for (const name of named) {
      if (!services.includes(name)) {
        problems.push({
          key: `${key}.limits.${kind}.${name}`,
          is: showValue(name),
          expected: oneOf('a service', services),
        });
      } else if (file.services[name]?.allotment?.[allotted] === undefined) {
        problems.push({
          key: `services.${name}.allotment.${allotted}`,
          is: 'nothing',
          expected: `an allotment, since ${key}.limits.${kind} is a percentage of it`,
        });
      }
    }
  }
  for (const [title, metric] of Object.entries(limits.metrics ?? {})) {
    const metricKey = `${key}.limits.metrics.${title}`;
    const own = scenario.service ?? services.find((one) => file.services[one]?.http !== false);
    const name = metric.service ?? own ?? '';
    if (!services.includes(name)) {
      problems.push({ key: `${metricKey}.service`, is: showValue(name), expected: oneOf('a service', services) });
    } else if (file.services[name]?.metrics === undefined) {
      problems.push({
        key: `services.${name}.metrics`,
        is: 'nothing',
        expected: `the path of its metrics page, since ${metricKey} reads it`,
      });
    }
    if ((metric.max === undefined) === (metric.min === undefined)) {
      problems.push({ key: metricKey, is: showValue(metric), expected: 'either max or min' });
    }
    if ((metric.as === 'ratio') !== (metric.of !== undefined)) {
      problems.push({
        key: `${metricKey}.of`,
        is: showValue(metric.of),
        expected: metric.as === 'ratio' ? 'the metric that it is a ratio of' : 'nothing, unless as is "ratio"',
      });
    }
  }
  return problems;
}
