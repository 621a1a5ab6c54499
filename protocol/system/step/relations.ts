/**
 * What must hold between the steps of a list: one body, values that something gives, and a WebSocket that is open when it is used.
 */
import { parseDuration } from '@palier/base/duration';
import { oneOf, type Problem, showValue } from '../problem.ts';
import type { StepFile } from './step.ts';

/** Adds to `known` what the steps take. `key`: where the list stands. */
export function listProblems(key: string, steps: readonly StepFile[], known: Set<string>): Problem[] {
  const problems: Problem[] = [];
  for (const [index, step] of steps.entries()) {
    const stepKey = `${key}.${index}`;
    if ('request' in step) {
      const bodies = [step.json, step.form, step.body].filter((body) => body !== undefined);
      if (bodies.length > 1) {
        problems.push({ key: stepKey, is: `${bodies.length} bodies`, expected: 'one of json, form and body' });
      }
    }
    for (const name of namesIn(step)) {
      if (known.has(name)) continue;
      const expected = oneOf('a name that data, draw, the start or an earlier step of the task gives', [...known]);
      problems.push({ key: stepKey, is: `{{${name}}}`, expected });
    }
    for (const taken of 'take' in step ? Object.keys(step.take ?? {}) : []) known.add(taken);
  }
  return [...problems, ...channelProblems(key, steps)];
}

function channelProblems(key: string, steps: readonly StepFile[]): Problem[] {
  const problems: Problem[] = [];
  let openedBy: string | null = null;
  for (const [index, step] of steps.entries()) {
    const stepKey = `${key}.${index}`;
    const is = showValue(step);
    if ('request' in step) continue;
    if ('connect' in step) {
      if (openedBy !== null) {
        const expected = `{ close: true } before it, since ${openedBy} has opened a WebSocket, and a user has one at a time`;
        problems.push({ key: stepKey, is, expected });
      }
      openedBy = stepKey;
    } else if (openedBy === null) {
      problems.push({ key: stepKey, is, expected: 'a step { connect: "/path" } before it in the same list' });
    }
    if ('close' in step) openedBy = null;
    if ('expect' in step) problems.push(...expectProblems(stepKey, step));
    if ('hold' in step && parseDuration(step.hold) === 0) {
      problems.push({ key: `${stepKey}.hold`, is, expected: 'a time above 0' });
    }
  }
  return problems;
}

function expectProblems(key: string, step: Extract<StepFile, { readonly expect: object }>): Problem[] {
  const problems: Problem[] = [];
  if (step.within !== undefined && parseDuration(step.within) === 0) {
    problems.push({ key: `${key}.within`, is: showValue(step.within), expected: 'a time above 0' });
  }
  for (const [name, from] of Object.entries(step.take ?? {})) {
    if (!from.startsWith('header:')) continue;
    const expected = 'a path of the JSON message, since a message has no headers';
    problems.push({ key: `${key}.take.${name}`, is: showValue(from), expected });
  }
  return problems;
}

/** The first parts of all `{{name.part}}` in a step. */
function namesIn(step: StepFile): Set<string> {
  const names = new Set<string>();
  // The name of a form's file is no text of the request: its one template is {{dataDir}}.
  const fields = Object.values('request' in step ? (step.form ?? {}) : {}).map((field) =>
    typeof field === 'string' ? [field] : [field.filename, field.contentType],
  );
  const texts = JSON.stringify([{ ...step, form: null }, fields]);
  for (const match of texts.matchAll(/\{\{([^{}]*)\}\}/g))
    names.add((match[1] as string).trim().split('.')[0] as string);
  return names;
}
