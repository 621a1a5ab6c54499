/** A Locust script: a user with a method for each task, the stages as a shape, the limits judged when Locust ends. */
import type { GeneratorPlan, PlannedStep } from '@palier/protocol';
import { type FormFiles, formFiles } from '../form-files.ts';
import { headerOf } from '../header.ts';
import { type Doc, group, layOut, prefixed } from '../layout.ts';
import { judgedSeconds, seenLimits } from '../limits.ts';
import { type Name, namer, oneLine } from '../naming.ts';
import type { ScriptRows, ScriptSource } from '../options.ts';
import { namesUsed, valuesOf } from '../texts.ts';
import { functions, moduleNames, userNames } from './functions.ts';
import { type Helper, literal, string } from './python.ts';
import { heldOf, judgeOf, numbersOf, patienceOf, shapeOf } from './run.ts';
import { type StepNames, stepLines } from './steps.ts';

/** The parts of a script that come to light while others are written. */
interface Writing {
  readonly source: ScriptSource;
  readonly names: StepNames;
  /** Of constants and locals. */
  readonly name: Name;
  /** Of what a user has: methods and values. */
  readonly attribute: Name;
  readonly used: Set<Helper>;
  readonly files: FormFiles;
}

export function writeLocust(source: ScriptSource, notes: readonly string[], rows: readonly ScriptRows[]): string {
  const { plan, scenario } = source;
  const writing = begin(source);
  const user = userOf(writing);
  const limits = seenLimits(scenario);
  const judged = judgedOf(source);
  const code = (Object.keys(functions) as (keyof typeof functions)[]).filter((helper) => writing.used.has(helper));
  const rowsNumbered = everyUser(writing).length > 0;
  const constants = [
    rows.some(({ path }) => path !== null) || writing.files.byPath.size > 0 ? 'HERE = Path(__file__).parent' : '',
    ...[...writing.files.byPath].map(([path, constant]) => `${constant} = (HERE / ${string(path)}).read_bytes()`),
    ...rows.map((entry) => rowsOf(entry, writing)),
    writing.used.has('quote') ? '# What may stand in a URL as it is.\nURL_SAFE = "!$%&\'()*+,/:;=?@[]"' : '',
  ].filter((part) => part !== '');
  const parts = [
    `${header(source, notes)}\n${imports(source, writing, rows, limits.length > 0)}`,
    constants.join('\n'),
    rowsNumbered ? numbersOf : '',
    ...code.map((helper) => functions[helper]),
    expect,
    user,
    shapeOf(plan, plan.arrivals !== null),
    patienceOf(plan),
    judged === null ? '' : heldOf(judged),
    judgeOf(limits, plan, judged !== null),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n\n')}\n`;
}

const expect = `def expect(res, checks):
    """Counts the request as failed at the first check that does not hold. True when all of them do."""
    for what, holds in checks:
        if not holds(res):
            res.failure(res.error or f"{res.status_code}; expected {what}")
            return False
    res.success()
    return True`;

function begin(source: ScriptSource): Writing {
  const { plan } = source;
  const values = valuesOf(plan);
  const name = namer(moduleNames, 'snake');
  const attribute = namer(userNames, 'snake');
  const used = new Set<Helper>();
  const files = formFiles(source, name, (stem) => `${stem} file`.toUpperCase());
  const names: StepNames = {
    values,
    variable(first) {
      const { kind } = values(first);
      const own = kind === 'each-user' || kind === 'taken-by-start';
      return own ? `self.${attribute(`value:${first}`, first)}` : name(`value:${first}`, first);
    },
    use(helper) {
      used.add(helper);
      if (helper === 'quote') used.add('text');
      return helper;
    },
    timeoutSeconds: plan.requestTimeoutMs / 1000,
    file: files.nameOf,
  };
  return { source, names, name, attribute, used, files };
}

function header(source: ScriptSource, notes: readonly string[]): string {
  const address = source.baseUrl === null ? ' --host http://127.0.0.1:8080' : '';
  return headerOf('locust', source, notes, { mark: '#', run: `locust --headless -f ${source.scriptName}${address}` });
}

function imports(source: ScriptSource, writing: Writing, rows: readonly ScriptRows[], limited: boolean): string {
  const { plan } = source;
  const judged = judgedOf(source) !== null;
  const reads = rows.some(({ path }) => path !== null);
  const draws = Object.keys(plan.draw).length > 0 || Object.values(plan.data).some(({ pick }) => pick === 'random');
  const std = [
    everyUser(writing).length > 0 ? 'import itertools' : '',
    reads || writing.used.has('text') ? 'import json' : '',
    'import math',
    draws ? 'import random' : '',
    judged || (plan.start.length > 0 && hurries(plan)) ? 'import time' : '',
    reads || writing.files.byPath.size > 0 ? 'from pathlib import Path' : '',
    writing.used.has('quote') ? 'from urllib.parse import quote' : '',
  ].filter((line) => line !== '');
  const { min, max } = plan.thinkMs;
  const wait = plan.arrivals !== null ? 'constant_throughput' : min === max ? 'constant' : 'between';
  const locust = ['HttpUser', 'LoadTestShape', wait, 'events', 'task'];
  const runners = ['MasterRunner', ...(limited || everyUser(writing).length > 0 ? ['WorkerRunner'] : [])];
  const runner = `\nfrom locust.runners import ${runners.join(', ')}`;
  const stats = judged ? '\nfrom locust.stats import RequestStats, StatsEntry' : '';
  return `${std.join('\n')}\n\nfrom locust import ${locust.join(', ')}${runner}${stats}`;
}

function rowsOf({ name, path, list }: ScriptRows, writing: Writing): string {
  const constant = rowsConstant(name, writing);
  if (path !== null) return `${constant} = json.loads((HERE / ${string(path)}).read_text("utf-8"))`;
  return layOut(prefixed(`${constant} = `, literal([...list])), 0, 4);
}

function rowsConstant(name: string, writing: Writing): string {
  return writing.name(`rows:${name}`, `${name} rows`.toUpperCase());
}

function userOf(writing: Writing): string {
  const { source, names } = writing;
  const { plan, scenario } = source;
  const rows = everyUser(writing).map((first) => {
    const constant = rowsConstant(first, writing);
    return `        ${names.variable(first)} = ${constant}[number % len(${constant})]`;
  });
  const begin = [
    ...(rows.length > 0 ? ['        number = next(NUMBERS)', ...rows] : []),
    ...(plan.start.length > 0
      ? [
          '        # A user whose start fails thinks, and tries again.',
          '        while not self.start_user():',
          ...(hurries(plan) ? ['            time.sleep(1)'] : []),
          '            self.wait()',
        ]
      : []),
  ];
  const parts = [
    `    ${hostOf(source)}wait_time = ${waitOf(plan, plan.arrivals !== null)}`,
    ...(begin.length > 0 ? [`    def on_start(self):\n${begin.join('\n')}`] : []),
    ...(plan.start.length > 0
      ? [methodOf('start_user', '', '"""Once, before the first task."""', plan.start, true, writing)]
      : []),
    ...plan.tasks.map((task, index) => {
      const decorator = `    @task(${weights(plan)[index]})\n`;
      const name = writing.attribute(`task:${task.name}`, task.name);
      return methodOf(name, decorator, '', task.steps, false, writing);
    }),
  ];
  return `class Visitor(HttpUser):\n    # ${oneLine(scenario.name)} of ${oneLine(source.system)}\n\n${parts.join('\n\n')}`;
}

function hostOf({ baseUrl }: ScriptSource): string {
  return baseUrl === null ? '' : `host = ${string(baseUrl)}\n    `;
}

function waitOf({ thinkMs: { min, max } }: GeneratorPlan, open: boolean): string {
  if (open) return 'constant_throughput(1)';
  return min === max ? `constant(${min / 1000})` : `between(${min / 1000}, ${max / 1000})`;
}

/** Whole numbers in the proportion of the percentages, to a hundredth of a percent. */
function weights({ tasks }: GeneratorPlan): number[] {
  const whole = tasks.every(({ weight }) => Number.isInteger(weight));
  return tasks.map(({ weight }) => (whole ? weight : Math.round(weight * 100)));
}

function methodOf(
  name: string,
  decorator: string,
  doc: string,
  steps: readonly PlannedStep[],
  result: boolean,
  writing: Writing,
): string {
  const { plan } = writing.source;
  const own = namesUsed(steps).flatMap((first) => {
    const variable = writing.names.variable(first);
    if (writing.names.values(first).kind === 'random')
      return [`        ${variable} = random.choice(${rowsConstant(first, writing)})`];
    const draw = Object.hasOwn(plan.draw, first) ? plan.draw[first] : undefined;
    if (writing.names.values(first).kind !== 'draw' || draw === undefined) return [];
    if ('int' in draw) return [`        ${variable} = random.randint(${draw.int.join(', ')})`];
    const drawn: Doc = { ...group('random.choice(', [literal([...draw.oneOf])], ')'), hug: true };
    return [layOut(prefixed(`${variable} = `, drawn), 8, 4)];
  });
  const body = [...(doc === '' ? [] : [`        ${doc}`]), ...own, ...stepLines(steps, writing.names, result)];
  return `${decorator}    def ${name}(self):\n${body.join('\n')}`;
}

/** Null where there is nothing to judge, or all of the run is judged. */
function judgedOf({ plan, scenario }: ScriptSource): ReturnType<typeof judgedSeconds> {
  return seenLimits(scenario).length > 0 ? judgedSeconds(plan) : null;
}

/** Whether a start that fails at once would be tried again at once. */
function hurries({ arrivals, thinkMs }: GeneratorPlan): boolean {
  return arrivals === null && thinkMs.min < 1000;
}

function everyUser({ source: { plan }, names }: Writing): string[] {
  const steps = [...plan.start, ...plan.tasks.flatMap((task) => task.steps)];
  return namesUsed(steps).filter((name) => names.values(name).kind === 'each-user');
}
