/** The steps over a WebSocket, compiled once: what is asked for, sent and waited for. */
import type { JsonValue, PlannedChannelStep, PlannedConnect, PlannedExpect, Target } from '@palier/protocol';
import type { ChannelRequest } from '../client/channel.ts';
import { type Body, compileBodyChecks, type Places } from './answer.ts';
import { headerLine, headerText, jsonTexts, pathText } from './request.ts';
import { compileText, joinTexts, type Names, plain, renderText, type Text, type Values, valueAt } from './template.ts';
import type { Tracer } from './trace.ts';

/** What a step does. */
export type Act =
  /** The request; null when a value is missing. `traced`: it bears a trace of ours. */
  | { readonly kind: 'connect'; readonly asks: (values: Values) => ChannelRequest | null; readonly traced: boolean }
  /** `text`: undefined when a value is missing. */
  | { readonly kind: 'send'; readonly text: (values: Values) => string | undefined }
  | {
      readonly kind: 'expect';
      readonly withinMs: number;
      /** What is wrong with the message, or null: it is the one that is waited for, and the values have what is taken from it. */
      readonly assess: (message: Body, values: Values) => string | null;
      readonly wanted: string;
    }
  | { readonly kind: 'hold'; readonly durationMs: number }
  | { readonly kind: 'close' };

export interface Compiling {
  readonly target: Target;
  readonly names: Names;
  readonly places: Places;
  readonly tracer: Tracer;
}

export function compileAct(step: PlannedChannelStep, compiling: Compiling): Act {
  const { names } = compiling;
  switch (step.kind) {
    case 'connect':
      return compileConnect(step, compiling);
    case 'send': {
      const { body } = step;
      const text = body.kind === 'text' ? compileText(body.text, names, plain) : joinTexts(jsonTexts(body.json, names));
      return { kind: 'send', text: (values) => renderText(text, values) };
    }
    case 'expect':
      return compileExpect(step, compiling);
    case 'hold':
      return { kind: 'hold', durationMs: step.durationMs };
    case 'close':
      return { kind: 'close' };
  }
}

function compileConnect(step: PlannedConnect, { target, names, tracer }: Compiling): Act {
  const path = pathText(target.basePath + step.path, names);
  const headers = Object.entries(step.headers).map(([name, value]): [string, Text] => [
    name.toLowerCase(),
    compileText(value, names, headerText, headerLine),
  ]);
  const traced = !headers.some(([name]) => name === 'traceparent');
  if (traced) headers.push(['traceparent', tracer.text]);
  const asks = (values: Values): ChannelRequest | null => {
    const rendered = renderText(path, values);
    if (rendered === undefined) return null;
    const all: Record<string, string> = {};
    for (const [name, text] of headers) {
      const value = renderText(text, values);
      if (value === undefined) return null;
      all[name] = value;
    }
    return { path: rendered, headers: all, protocols: step.protocols };
  };
  return { kind: 'connect', asks, traced };
}

function compileExpect({ message, take, withinMs }: PlannedExpect, { names, places }: Compiling): Act {
  const checks = compileBodyChecks(message, names);
  const takes = Object.entries(take).map(([name, from]): [number, readonly string[]] => [
    places(name),
    from === '' ? [] : from.split('.'),
  ]);
  const assess = (body: Body, values: Values): string | null => {
    for (const check of checks) {
      const wrong = check(body, values);
      if (wrong !== null) return wrong;
    }
    if (takes.length > 0) {
      const json: JsonValue | undefined = body.json();
      for (const [place, path] of takes) values.taken[place] = valueAt(json, path);
    }
    return null;
  };
  return { kind: 'expect', withinMs, assess, wanted: checks.length === 0 ? 'no message' : 'no such message' };
}
