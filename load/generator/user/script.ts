/** A plan made ready to be played: every text compiled, every name bound to the place of its value. */
import type { DrawFile, GeneratorPlan, JsonValue, PlannedData } from '@palier/protocol';
import { type Assess, compileAnswer } from './answer.ts';
import { draw, drawIndex } from './draws.ts';
import { compileRequest, type MakeRequest, setsHeader, setsTrace } from './request.ts';
import { type Act, compileAct } from './talk-steps.ts';
import type { LookUp, Names } from './template.ts';
import type { Tracer } from './trace.ts';

export interface RequestStep {
  readonly act: null;
  /** Number of its route in `Script.routes`. */
  readonly route: number;
  readonly request: MakeRequest;
  readonly assess: Assess;
  /** Whether its requests bear a trace of ours. */
  readonly traced: boolean;
  /** Whether it sends the cookies that it states itself, and no others. */
  readonly ownCookies: boolean;
}

/** Something over the user's WebSocket. */
export interface ActStep {
  readonly act: Act;
  readonly route: number;
  /** Whether a message that comes now may be wanted by a later expect. */
  readonly keeps: boolean;
}

export type Step = RequestStep | ActStep;

export interface Script {
  readonly routes: readonly string[];
  readonly start: readonly Step[];
  /** The steps of the task that this one draws. */
  readonly chooseTask: (task: number) => readonly Step[];
  /** The pause after this task. */
  readonly thinkMs: (task: number) => number;
}

type PlannedList = GeneratorPlan['start'];

/** The numbers of the draws of a task; the named ones follow. */
const drawOf = { task: 0, think: 1, named: 2 } as const;

export function compileScript(plan: GeneratorPlan, tracer: Tracer): Script {
  const places = new Map<string, number>();
  const placeOf = (name: string): number => {
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  };
  const names = namesOf(plan, placeOf);
  const routes: string[] = [];
  const routeOf = (name: string): number => {
    const known = routes.indexOf(name);
    return known >= 0 ? known : routes.push(name) - 1;
  };
  const compile = (step: PlannedList[number], at: number, list: PlannedList): Step => {
    if (step.kind !== undefined) {
      const act = compileAct(step, { target: plan.target, names, places: placeOf, tracer });
      return { act, route: routeOf(step.route), keeps: expectFollows(list, at) };
    }
    const { assess, keepBody, keepHeaders } = compileAnswer(step, names, placeOf);
    const request = compileRequest(step, plan.target, names, { keepBody, keepHeaders }, tracer);
    const ownCookies = setsHeader(step, 'cookie');
    return { act: null, route: routeOf(step.route), request, assess, traced: !setsTrace(step), ownCookies };
  };
  const start = plan.start.map(compile);
  const tasks = plan.tasks.map((task) => task.steps.map(compile));
  return { routes, start, chooseTask: chooser(plan, tasks), thinkMs: thinker(plan) };
}

/** Over the same WebSocket. */
function expectFollows(list: PlannedList, at: number): boolean {
  const rest = list.slice(at + 1);
  const end = rest.findIndex(({ kind }) => kind === 'close' || kind === 'connect');
  return (end < 0 ? rest : rest.slice(0, end)).some(({ kind }) => kind === 'expect');
}

function chooser(plan: GeneratorPlan, tasks: readonly (readonly Step[])[]): Script['chooseTask'] {
  const sum = plan.tasks.reduce((total, task) => total + task.weight, 0);
  let upTo = 0;
  const edges = plan.tasks.map((task) => (upTo += task.weight) / sum);
  const last = tasks.length - 1;
  return (task) => {
    const drawn = draw(task, drawOf.task);
    let i = 0;
    while (i < last && drawn >= (edges[i] as number)) i++;
    return tasks[i] as readonly Step[];
  };
}

function thinker(plan: GeneratorPlan): Script['thinkMs'] {
  const { min, max } = plan.thinkMs;
  return max === min ? () => min : (task) => min + draw(task, drawOf.think) * (max - min);
}

/** Data before draws before what answers gave. */
function namesOf(plan: GeneratorPlan, placeOf: (name: string) => number): Names {
  const known = new Map<string, LookUp>();
  for (const [name, rows] of Object.entries(plan.data)) known.set(name, rowOf(rows, drawOf.named + known.size));
  for (const [name, file] of Object.entries(plan.draw)) {
    if (!known.has(name)) known.set(name, drawnBy(file, drawOf.named + known.size));
  }
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const place = placeOf(name);
    return (values) => values.taken[place];
  };
}

function rowOf({ pick, rows }: PlannedData, index: number): LookUp {
  const count = rows.length;
  if (pick === 'each-user') return (values) => rows[values.number % count] as JsonValue | undefined;
  return (values) => rows[drawIndex(values.task, index, count)] as JsonValue | undefined;
}

function drawnBy(file: DrawFile, index: number): LookUp {
  if ('int' in file) {
    const [min, max] = file.int;
    return (values) => min + drawIndex(values.task, index, max - min + 1);
  }
  const { oneOf } = file;
  return (values) => oneOf[drawIndex(values.task, index, oneOf.length)];
}
