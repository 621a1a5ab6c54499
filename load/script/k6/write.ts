/** A k6 script: options, one function a task, and the few small functions that they need. */
import type { GeneratorPlan, PlannedStep } from '@palier/protocol';
import { type FormFiles, formFiles } from '../form-files.ts';
import { headerOf } from '../header.ts';
import { call, type Doc, group, layOut, prefixed, suffixed } from '../layout.ts';
import { judgedSeconds } from '../limits.ts';
import { namer, oneLine } from '../naming.ts';
import type { ScriptRows, ScriptSource } from '../options.ts';
import { namesUsed, valuesOf } from '../texts.ts';
import { functions, ownNames } from './functions.ts';
import { type Helper, literal, string } from './javascript.ts';
import { k6Options, k6Time } from './run-options.ts';
import { type StepNames, stepLines } from './steps.ts';

/** The parts of a script that come to light while others are written. */
interface Writing {
  readonly source: ScriptSource;
  readonly names: StepNames;
  readonly name: (key: string, wanted: string) => string;
  readonly used: Set<Helper>;
  readonly files: FormFiles;
}

export function writeK6(source: ScriptSource, notes: readonly string[], rows: readonly ScriptRows[]): string {
  const { plan } = source;
  const writing = begin(source);
  const judged = judgedSeconds(plan);
  if (judged !== null) writing.names.use('inHold');
  const written = [
    ...(plan.start.length > 0
      ? [functionOf('start', 'Once for each user, before its first task.', plan.start, true, writing)]
      : []),
    ...plan.tasks.map((task) => {
      const comment = `${task.name}: ${task.weight} % of the tasks`;
      return functionOf(writing.name(`task:${task.name}`, task.name), comment, task.steps, false, writing);
    }),
  ];
  const everyUser = userVariables(writing);
  const parts = [
    header(source, notes),
    imports(writing, rows),
    addressOf(source),
    ...[...writing.files.byPath].map(([path, variable]) => `const ${variable} = open(${string(path)}, 'b');`),
    rows.map((entry) => rowsOf(entry, writing)).join('\n'),
    judged === null ? '' : judgedOf(judged),
    "// One a request: whether it went wrong, or its answer was not as expected.\nconst errors = new Rate('errors');",
    writing.used.has('multipart') ? "const boundary = 'palier-5d0b7e2c91f84a6b';" : '',
    layOut(suffixed(prefixed('export const options = ', k6Options(source, judged !== null)), ';'), 0, 2),
    plan.tasks.length > 1 ? tasksOf(writing) : '',
    everyUser.length > 0 ? `// Each user has its own.\n${everyUser.map((name) => `let ${name};`).join('\n')}` : '',
    mainOf(writing, judged !== null),
    ...written,
    expected,
    ...(plan.tasks.length > 1 ? [pickTask] : []),
    ...Object.entries(functions).flatMap(([name, code]) => (writing.used.has(name as Helper) ? [code] : [])),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const expected = `// Checks an answer; what is not as expected counts as an error.
function expected(res, name, checks) {
  const ok = check(res, checks, { name });
  errors.add(!ok, { name });
  return ok;
}`;

const pickTask = `function pickTask() {
  let at = Math.random() * tasks.reduce((sum, { weight }) => sum + weight, 0);
  return (tasks.find(({ weight }) => (at -= weight) < 0) ?? tasks[0]).run;
}`;

function begin(source: ScriptSource): Writing {
  const { plan } = source;
  const values = valuesOf(plan);
  const name = namer(ownNames, 'camel');
  const used = new Set<Helper>();
  const files = formFiles(source, name, (stem) => `${stem} file`);
  const names: StepNames = {
    values,
    variable: (first) => name(`value:${first}`, first),
    use(helper) {
      used.add(helper);
      return helper;
    },
    keptByUser: (first) => values(first).kind === 'taken-by-start',
    timeout: k6Time(plan.requestTimeoutMs),
    file: files.nameOf,
  };
  return { source, names, name, used, files };
}

function header(source: ScriptSource, notes: readonly string[]): string {
  const address = source.baseUrl === null ? ' -e BASE_URL=http://127.0.0.1:8080' : '';
  return headerOf('k6', source, notes, { mark: '//', run: `k6 run${address} ${source.scriptName}` });
}

function imports({ source: { plan } }: Writing, rows: readonly ScriptRows[]): string {
  const sleeps = plan.thinkMs.max > 0 || plan.start.length > 0;
  return [
    `import { check${sleeps ? ', sleep' : ''} } from 'k6';`,
    rows.some(({ path }) => path !== null) ? "import { SharedArray } from 'k6/data';" : '',
    judgedSeconds(plan) !== null || Object.values(plan.data).some(({ pick }) => pick === 'each-user')
      ? "import exec from 'k6/execution';"
      : '',
    "import http from 'k6/http';",
    "import { Rate } from 'k6/metrics';",
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function addressOf({ baseUrl }: ScriptSource): string {
  if (baseUrl !== null) return `const baseUrl = __ENV.BASE_URL || ${string(baseUrl)};`;
  return "const baseUrl = __ENV.BASE_URL;\nif (!baseUrl) throw new Error('Say where the system is: k6 run -e BASE_URL=http://127.0.0.1:8080 …');";
}

function rowsOf({ name, path, list }: ScriptRows, writing: Writing): string {
  const variable = rowsVariable(name, writing);
  if (path === null) return layOut(suffixed(prefixed(`const ${variable} = `, literal([...list])), ';'), 0, 2);
  return `const ${variable} = new SharedArray(${string(name)}, () => JSON.parse(open(${string(path)})));`;
}

function rowsVariable(name: string, writing: Writing): string {
  return writing.name(`rows:${name}`, `${name} rows`);
}

function judgedOf(judged: readonly (readonly [number, number])[]): string {
  const list = group(
    '[',
    judged.map(([from, to]) => `[${from}, ${to}]`),
    ']',
  );
  return `// What the limits are judged on, in seconds from the start: the holds without their warm-up.\n${layOut(suffixed(prefixed('const judged = ', list), ';'), 0, 2)}`;
}

function tasksOf({ source: { plan }, name }: Writing): string {
  const items = plan.tasks.map(
    (task): Doc => `{ weight: ${task.weight}, run: ${name(`task:${task.name}`, task.name)} }`,
  );
  const lines = items.map((item) => `  ${item as string},`).join('\n');
  return `// What users do; the weights are percent.\nconst tasks = [\n${lines}\n];`;
}

/** What a user keeps from task to task. */
function userVariables({ source: { plan }, names }: Writing): string[] {
  const steps = allSteps(plan);
  const rows = namesUsed(steps).filter((name) => names.values(name).kind === 'each-user');
  const taken = plan.start.flatMap((step) => Object.keys(step.take)).filter((name) => names.keptByUser(name));
  const variables = [...new Set([...rows, ...taken])].map((name) => names.variable(name));
  return plan.start.length > 0 ? [...variables, 'started'] : variables;
}

function mainOf(writing: Writing, judged: boolean): string {
  const { plan } = writing.source;
  const lines: string[] = [];
  if (judged) lines.push("  exec.vu.metrics.tags.judged = inHold() ? 'yes' : 'no';");
  for (const first of namesUsed(allSteps(plan))) {
    if (writing.names.values(first).kind !== 'each-user') continue;
    const rows = rowsVariable(first, writing);
    lines.push(`  ${writing.names.variable(first)} ??= ${rows}[(exec.vu.idInTest - 1) % ${rows}.length];`);
  }
  const [only] = plan.tasks;
  const run =
    plan.tasks.length > 1 ? 'pickTask()();' : `${writing.name(`task:${only?.name}`, only?.name ?? 'task')}();`;
  const { min, max } = plan.thinkMs;
  if (plan.start.length > 0) {
    lines.push('  started ||= start();', `  if (started) ${run}`);
    if (max === 0) lines.push('  else sleep(1);');
  } else lines.push(`  ${run}`);
  if (max > 0)
    lines.push(`  sleep(${min === max ? min / 1000 : `${min / 1000} + Math.random() * ${(max - min) / 1000}`});`);
  return `export default function () {\n${lines.join('\n')}\n}`;
}

function functionOf(
  name: string,
  comment: string,
  steps: readonly PlannedStep[],
  result: boolean,
  writing: Writing,
): string {
  const { plan } = writing.source;
  const own = namesUsed(steps).flatMap((first) => {
    const variable = writing.names.variable(first);
    const { kind } = writing.names.values(first);
    if (kind === 'random')
      return [`  const ${variable} = ${writing.names.use('pick')}(${rowsVariable(first, writing)});`];
    const draw = plan.draw[first];
    if (kind !== 'draw' || draw === undefined) return [];
    if ('int' in draw) return [`  const ${variable} = ${writing.names.use('randomInt')}(${draw.int.join(', ')});`];
    const drawn = call(`${writing.names.use('pick')}(`, [literal([...draw.oneOf])]);
    return [layOut(suffixed(prefixed(`const ${variable} = `, drawn), ';'), 2, 2)];
  });
  const body = [...own, ...stepLines(steps, writing.names, result)];
  return `// ${oneLine(comment)}\nfunction ${name}() {\n${body.join('\n')}\n}`;
}

function allSteps(plan: GeneratorPlan<PlannedStep>): PlannedStep[] {
  return [...plan.start, ...plan.tasks.flatMap(({ steps }) => steps)];
}
