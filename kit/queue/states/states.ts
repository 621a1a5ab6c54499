/**
 * The life of a job: its states, and what leads from one to another. The only place that says so; every statement that moves a job names
 * its event and takes the states before and after from here.
 */

/** Live jobs lie in one small table, ended ones in another. */
export type LiveState = 'ready' | 'delayed' | 'running' | 'blocked' | 'suspect';
export type EndedState = 'done' | 'dead' | 'cancelled' | 'parked';
export type JobState = LiveState | EndedState;

/**
 * - `due`: its time has come; `dueBlocked`: and its lane is full. `unblock`: its lane has room.
 * - `claim`: a worker has it; the attempt counts from here. `release`: it gives it back unstarted; the attempt did not count.
 * - `finish`, `again` (failed, another attempt at once), `againLater`, `giveUp` (failed for good), `park` (nobody here knows what it is).
 * - `crash`: its worker was lost; from then on it runs alone. `condemn`: lost once too often.
 * - `cancel`; `revive`, `reviveBlocked`: a person, or a worker that knows it, starts it anew.
 */
export type JobEvent =
  | 'due'
  | 'dueBlocked'
  | 'unblock'
  | 'claim'
  | 'release'
  | 'finish'
  | 'again'
  | 'againLater'
  | 'giveUp'
  | 'park'
  | 'crash'
  | 'condemn'
  | 'cancel'
  | 'revive'
  | 'reviveBlocked';

export interface Transition {
  readonly from: readonly JobState[];
  readonly to: JobState;
}

export const transitions: Readonly<Record<JobEvent, Transition>> = {
  due: { from: ['delayed'], to: 'ready' },
  dueBlocked: { from: ['delayed'], to: 'blocked' },
  unblock: { from: ['blocked'], to: 'ready' },
  claim: { from: ['ready', 'suspect'], to: 'running' },
  release: { from: ['running'], to: 'ready' },
  finish: { from: ['running'], to: 'done' },
  again: { from: ['running'], to: 'ready' },
  againLater: { from: ['running'], to: 'delayed' },
  giveUp: { from: ['running'], to: 'dead' },
  park: { from: ['running'], to: 'parked' },
  crash: { from: ['running'], to: 'suspect' },
  condemn: { from: ['running'], to: 'dead' },
  cancel: { from: ['ready', 'delayed', 'blocked', 'suspect', 'running'], to: 'cancelled' },
  revive: { from: ['dead', 'cancelled', 'parked', 'done'], to: 'ready' },
  reviveBlocked: { from: ['dead', 'cancelled', 'parked', 'done'], to: 'blocked' },
};

/** As they stand in the tables. Never changed: they are stored. */
export const codes: Readonly<Record<JobState, number>> = {
  ready: 0,
  delayed: 1,
  running: 2,
  blocked: 3,
  suspect: 4,
  done: 10,
  dead: 11,
  cancelled: 12,
  parked: 13,
};

export const liveStates: readonly LiveState[] = ['ready', 'delayed', 'running', 'blocked', 'suspect'];
export const endedStates: readonly EndedState[] = ['done', 'dead', 'cancelled', 'parked'];

/** What is written when it happens. */
export function codeAfter(event: JobEvent): number {
  return codes[transitions[event].to];
}

const names = new Map<number, JobState>(Object.entries(codes).map(([name, code]) => [code, name as JobState]));

/** Throws a RangeError for a number that is no state. */
export function stateOf(code: number): JobState {
  const name = names.get(code);
  if (name === undefined) throw new RangeError(`${code} is the code of no state`);
  return name;
}

export function isLive(state: JobState): state is LiveState {
  return codes[state] < codes.done;
}

/** Whether a job in `state` holds a place in its lane. */
export function holdsLane(state: JobState): boolean {
  return state === 'ready' || state === 'running' || state === 'suspect';
}
