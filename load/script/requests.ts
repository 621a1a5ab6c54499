/** The part of a scenario that a script carries over: its requests. What uses a WebSocket is left out as a whole, task by task. */
import type { GeneratorPlan, PlannedStep, RequestStepFile, Scenario, StepFile } from '@palier/protocol';
import { loadError } from '../errors.ts';
import type { ScriptSource } from './options.ts';

/**
 * `plan` is of the same scenario. A task that lost some of its steps would be another task, and users who lost some of their start other
 * users. Throws `PALIER_LOAD_SCRIPT_NOTHING` when nothing is left, or when the start uses a WebSocket.
 */
export function requestsOf(
  scenario: Scenario,
  plan: GeneratorPlan,
): Pick<ScriptSource, 'scenario' | 'plan' | 'leftOut'> {
  const carried = scenario.tasks.map(({ steps }) => steps.every(isRequestFile));
  const leftOut = scenario.tasks.filter((_, at) => !carried[at]).map(({ name }) => name);
  const start = scenario.start.filter(isRequestFile);
  const startIsLost = start.length < scenario.start.length;
  if (startIsLost || leftOut.length === scenario.tasks.length) {
    const where = startIsLost ? 'in its start' : 'in every task';
    throw loadError('PALIER_LOAD_SCRIPT_NOTHING', { scenario: scenario.name, where });
  }
  const kept = <Task>(_: Task, at: number): boolean => carried[at] as boolean;
  return {
    scenario: { ...scenario, start, tasks: scenario.tasks.filter(kept).map(taskOf(isRequestFile)) },
    plan: { ...plan, start: plan.start.filter(isRequest), tasks: plan.tasks.filter(kept).map(taskOf(isRequest)) },
    leftOut,
  };
}

interface Task<Step> {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly Step[];
}

function taskOf<Any, Kept extends Any>(keeps: (step: Any) => step is Kept): (task: Task<Any>) => Task<Kept> {
  return ({ name, weight, steps }) => ({ name, weight, steps: steps.filter(keeps) });
}

function isRequestFile(step: StepFile): step is RequestStepFile {
  return 'request' in step;
}

function isRequest(step: GeneratorPlan['start'][number]): step is PlannedStep {
  return step.kind === undefined;
}
