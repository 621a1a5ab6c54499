/** A list of steps as a generator plays it: requests, and what is done over a WebSocket between them. */
import { parseDuration } from '@palier/base/duration';
import type { ExpectStepFile, PlannedChannelStep, PlannedStep, StepFile } from '@palier/protocol';
import { loadError } from '../errors.ts';
import type { FileSource } from './files.ts';
import { planLimits } from './options.ts';
import { barePath, checkHeaders, planStep, shownNames } from './steps.ts';

type ChannelStepFile = Exclude<StepFile, { readonly request: string }>;

/** `key` is where the list stands, for errors: `scenarios.normal.start`. */
export function planSteps(
  steps: readonly StepFile[],
  key: string,
  source: FileSource,
  requestTimeoutMs: number,
): readonly (PlannedStep | PlannedChannelStep)[] {
  // What is done over a WebSocket is called after the one that is open.
  let on = 'WS';
  return steps.map((step, index) => {
    const stepKey = `${key}.${index}`;
    if ('request' in step) return planStep(step, stepKey, source);
    if ('connect' in step) {
      on = step.name ?? `WS ${barePath(step.connect)}`;
      checkUpgradeHeaders(step.headers ?? {}, stepKey);
    }
    return planChannelStep(step, on, requestTimeoutMs);
  });
}

function planChannelStep(step: ChannelStepFile, on: string, requestTimeoutMs: number): PlannedChannelStep {
  if ('connect' in step) {
    const { connect: path, headers = {}, protocols = [] } = step;
    return { kind: 'connect', route: on, path, headers, protocols };
  }
  if ('send' in step) {
    const { send, name = `${on} send` } = step;
    return {
      kind: 'send',
      route: name,
      body: typeof send === 'string' ? { kind: 'text', text: send } : { kind: 'json', json: send },
    };
  }
  if ('expect' in step) {
    const { contains = null, json = {} } = step.expect;
    return {
      kind: 'expect',
      route: step.name ?? `${on} expect ${shownMessage(step.expect)}`,
      message: { contains, json },
      withinMs: step.within === undefined ? requestTimeoutMs : (parseDuration(step.within) as number),
      take: step.take ?? {},
    };
  }
  if ('hold' in step) {
    return { kind: 'hold', route: step.name ?? `${on} hold`, durationMs: parseDuration(step.hold) as number };
  }
  return { kind: 'close', route: `${on} close` };
}

/** `type=welcome`, `ready`, `any message`. */
function shownMessage({ contains, json = {} }: ExpectStepFile['expect']): string {
  const values = Object.entries(json).map(
    ([path, value]) => `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const all = [...(contains === undefined ? [] : [contains]), ...values].join(' ');
  const text = shownNames(all === '' ? 'any message' : all);
  return text.length > planLimits.maxShownMessageChars
    ? `${text.slice(0, planLimits.maxShownMessageChars - 1)}…`
    : text;
}

/** Beside what no request may set, the handshake is the client's own (RFC 6455 §4.1). */
function checkUpgradeHeaders(headers: Readonly<Record<string, string>>, key: string): void {
  checkHeaders(headers, key);
  for (const header of Object.keys(headers)) {
    const name = header.toLowerCase();
    if (name !== 'connection' && !name.startsWith('sec-websocket-')) continue;
    const problem = 'which the handshake of a WebSocket sets (subprotocols stand in "protocols")';
    throw loadError('PALIER_LOAD_HEADER', { key: `${key}.headers`, header, problem });
  }
}
