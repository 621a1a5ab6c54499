/**
 * Which model a scenario is of, and what does not belong to that one: `arrivals` make it open, `thinkTime` closed; mixing them is a mistake.
 */
import { parseDuration } from '@palier/base/duration';
import { type Problem, showValue } from './problem.ts';
import type { ArrivalsFile, ScenarioFile } from './scenario.ts';

/** `scenario` has the right shape, but maybe the keys of both models or of none. */
export function modelProblems(key: string, scenario: ScenarioFile): Problem[] {
  const { arrivals } = scenario;
  const stages = scenario.stages ?? [];
  const problems: Problem[] = [];
  if (arrivals?.recorded !== undefined) problems.push(...recordedProblems(key, scenario, arrivals));
  else if (stages.length === 0) {
    problems.push({ key: `${key}.stages`, is: 'nothing', expected: 'a list of at least one stage' });
  } else problems.push(...(arrivals === undefined ? userStageProblems : rateStageProblems)(`${key}.stages`, stages));
  return [...problems, ...thinkTimeProblems(`${key}.thinkTime`, scenario)];
}

function userStageProblems(key: string, stages: NonNullable<ScenarioFile['stages']>): Problem[] {
  const foreign = stages.flatMap((stage, index): Problem[] => {
    if (!('rateTo' in stage)) return [];
    const expected = '{ rampTo, … } or { hold }; arrivals a second need "arrivals: {}" in the scenario';
    return [{ key: `${key}.${index}`, is: showValue(stage), expected }];
  });
  if (foreign.length > 0 || stages.some((stage) => 'rampTo' in stage && stage.rampTo > 0)) return foreign;
  return [{ key, is: showValue(stages), expected: 'a ramp to at least one user' }];
}

function rateStageProblems(key: string, stages: NonNullable<ScenarioFile['stages']>): Problem[] {
  const foreign = stages.flatMap((stage, index): Problem[] => {
    if (!('rampTo' in stage)) return [];
    const expected = '{ rateTo, within } or { hold }, since arrivals are given and users come as they are needed';
    return [{ key: `${key}.${index}`, is: showValue(stage), expected }];
  });
  if (foreign.length > 0 || stages.some((stage) => 'rateTo' in stage && stage.rateTo > 0)) return foreign;
  return [{ key, is: showValue(stages), expected: 'a rate above 0, such as { rateTo: 100, within: "10s" }' }];
}

function recordedProblems(key: string, { stages }: ScenarioFile, { spacing }: ArrivalsFile): Problem[] {
  const problems: Problem[] = [];
  const expected = 'nothing, since arrivals.recorded says when each one comes';
  if (stages !== undefined) problems.push({ key: `${key}.stages`, is: showValue(stages), expected });
  if (spacing !== undefined) problems.push({ key: `${key}.arrivals.spacing`, is: showValue(spacing), expected });
  return problems;
}

function thinkTimeProblems(key: string, { arrivals, thinkTime }: ScenarioFile): Problem[] {
  const problem = (expected: string): Problem[] => [{ key, is: showValue(thinkTime), expected }];
  if (arrivals !== undefined) {
    return thinkTime === undefined
      ? []
      : problem('nothing, since arrivals are given: in an open model nobody pauses between two tasks');
  }
  if (thinkTime === undefined) {
    return problem('a pause such as "2s" or ["1s", "3s"], or "arrivals" instead, for an open model');
  }
  const backwards = typeof thinkTime !== 'string' && durationMs(thinkTime[0]) > durationMs(thinkTime[1]);
  return backwards ? problem('the shorter time first') : [];
}

/** Of a text that the schema has accepted. */
function durationMs(text: string): number {
  return parseDuration(text) as number;
}
