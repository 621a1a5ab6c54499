/** What runs a Locust script: the stages as a shape, and the judgement at the end. */
import type { GeneratorPlan, PlannedStep } from '@palier/protocol';
import { type Doc, group, layOut, prefixed } from '../layout.ts';
import type { SeenLimit } from '../limits.ts';
import { string } from './python.ts';

export function shapeOf({ stages }: GeneratorPlan, open: boolean): string {
  const rows = stages.map(
    ({ fromLevel, toLevel, durationMs }) => `        (${fromLevel}, ${toLevel}, ${durationMs / 1000}),`,
  );
  // Locust asks once a second how many there should be; a slower rate would spread that second's arrivals over the next ones.
  const fastest = Math.max(
    1,
    ...stages.map(({ fromLevel, toLevel, durationMs }) =>
      Math.ceil(Math.abs(toLevel - fromLevel) / Math.max(1, durationMs / 1000)),
    ),
  );
  return `class Stages(LoadTestShape):
    """How many users there are over time${open ? '; as many as tasks begin in a second' : ''}."""

    stages = [
        # users at its start, users at its end, seconds
${rows.join('\n')}
    ]

    def tick(self):
        """How many users there should be now, and how many may come or leave in a second."""
        at = self.get_run_time()
        for start, end, seconds in self.stages:
            if at < seconds:
                return math.ceil(start + (end - start) * at / seconds), ${fastest}
            at -= seconds
        # Workers have half a second to tell their last figures: let the tasks in hand end before that.
        if isinstance(self.runner, MasterRunner) and self.runner.user_count > 0:
            return 0, ${fastest}
        return None`;
}

/** So that two workers never give one row to two users. A worker that joins later is told nothing, and counts from 0. */
export const numbersOf = `# Counts users. Of two workers one has 0, 2, 4… and the other 1, 3, 5…
NUMBERS = itertools.count()


@events.init.add_listener
def hear_numbers(environment, **_):
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("numbers", take_numbers)


def take_numbers(msg, **_):
    global NUMBERS
    NUMBERS = itertools.count(*msg.data)


@events.test_start.add_listener
def share_numbers(environment, **_):
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        # In the order in which Locust gives them users.
        workers = sorted(runner.clients.ready, key=lambda one: (getattr(one, "_index_within_host", 0), one.id))
        for first, worker in enumerate(workers):
            runner.send_message("numbers", [first, len(workers)], worker.id)`;

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
    for entry in map(entry_of, entries):
        HELD.get(entry.name, entry.method).extend(entry)
    HELD.total.extend(entry_of(total))


def entry_of(report):
    """StatsEntry.unserialize; how that is called depends on Locust's version."""
    entry = StatsEntry(HELD, report["name"], report["method"])
    vars(entry).update(report)
    return entry`;
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
