/** What runs a Locust script: the stages as a shape, and the judgement at the end. */
import type { GeneratorPlan, PlannedStep } from '@palier/protocol';
import { type Doc, group, layOut, prefixed } from '../layout.ts';
import type { SeenLimit } from '../limits.ts';
import { string } from './python.ts';

export function shapeOf({ stages }: GeneratorPlan, open: boolean): string {
  const rows = stages.map(
    ({ fromLevel, toLevel, durationMs }) => `        (${fromLevel}, ${toLevel}, ${durationMs / 1000}),`,
  );
  return `class Stages(LoadTestShape):
    """How many users there are over time${open ? '; as many as tasks begin in a second' : ''}."""

    stages = [
        # users at its start, users at its end, seconds
${rows.join('\n')}
    ]

    def tick(self):
        at = self.get_run_time()
        for start, end, seconds in self.stages:
            if at < seconds:
                users = math.ceil(start + (end - start) * at / seconds)
                return users, max(1, math.ceil(abs(end - start) / seconds))
            at -= seconds
        return None`;
}

/** Without it Locust cuts off what a user that leaves is at: the server answers a request that nobody counts. */
export function patienceOf({ requestTimeoutMs }: GeneratorPlan): string {
  return `@events.init.add_listener
def let_users_finish(environment, **_):
    """A user that leaves ends the task it is at, instead of breaking it off."""
    environment.stop_timeout = ${Math.max(1, Math.ceil(requestTimeoutMs / 1000))}`;
}

/** Keeps, beside Locust's own figures, those of the parts that are judged; with workers the master gets them as it gets its own. */
export function heldOf(judged: readonly (readonly [number, number])[]): string {
  const list = layOut(
    prefixed(
      'JUDGED = ',
      group(
        '[',
        judged.map(([from, to]) => `(${from}, ${to})`),
        ']',
      ),
    ),
    0,
    4,
  );
  return `# What the limits are judged on, in seconds from the start: the holds without their warm-up.
${list}
HELD = RequestStats()
began = None


@events.test_start.add_listener
def begin(**_):
    global began
    began = time.time()


@events.request.add_listener
def hold(request_type, name, response_time, response_length, exception, start_time, **_):
    if any(start <= start_time - began < end for start, end in JUDGED):
        HELD.log_request(request_type, name, response_time, response_length)
        if exception:
            HELD.log_error(request_type, name, exception)


@events.report_to_master.add_listener
def tell(data, **_):
    data["held"] = HELD.serialize_stats(), HELD.total.get_stripped_report()


@events.worker_report.add_listener
def gather(data, **_):
    entries, total = data["held"]
    for entry in map(StatsEntry.unserialize, entries):
        HELD.get(entry.name, entry.method).extend(entry)
    HELD.total.extend(StatsEntry.unserialize(total))`;
}

/** Empty when there is nothing to judge. `held`: only what is judged counts, not the whole run. */
export function judgeOf(limits: readonly SeenLimit[], plan: GeneratorPlan<PlannedStep>, held: boolean): string {
  if (limits.length === 0) return '';
  const items = limits.flatMap(({ route, what, limit }): Doc[] => {
    const [value, title] = what === 'errors' ? [limit, 'errors'] : [limit, what];
    const methods = route === null ? ['None'] : methodsOf(route, plan).map(string);
    return methods.map((method) =>
      group('(', [route === null ? 'None' : string(route), method, string(title), String(value)], ')'),
    );
  });
  const list = layOut(prefixed('LIMITS = ', group('[', items, ']')), 0, 4);
  return `# What must hold: route (None: all requests), method, p95 and p99 in ms, errors in percent; less than.
${list}


@events.quitting.add_listener
def judge(environment, **_):
    """Sets the exit status: 0 when every limit held, 1 when one did not."""
    if isinstance(environment.runner, WorkerRunner):
        return
    broken = 0
    for route, method, what, limit in LIMITS:
        stats = ${held ? 'HELD' : 'environment.stats'}
        entry = stats.total if route is None else stats.get(route, method)
        if what == "errors":
            value, unit = entry.fail_ratio * 100, "%"
        else:
            value, unit = entry.get_response_time_percentile(int(what[1:]) / 100), "ms"
        # Without a request nothing is proved.
        kept = entry.num_requests > 0 and value < limit
        broken += not kept
        print(f"{'kept  ' if kept else 'BROKEN'} {route or 'all requests'}: {what} {value:.4g} {unit} (limit {limit})")
    environment.process_exit_code = 1 if broken else 0`;
}

/** Locust counts by name and method. */
function methodsOf(route: string, plan: GeneratorPlan<PlannedStep>): string[] {
  const steps = [...plan.start, ...plan.tasks.flatMap((task) => task.steps)];
  return [...new Set(steps.filter((step) => step.route === route).map(({ method }) => method))];
}
