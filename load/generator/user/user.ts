/**
 * One user: comes, starts, chooses tasks, asks, thinks, leaves. A state machine without promises or timers of its own, so that 20 000 of
 * them cost little; it is told when it is woken, answered, overdue, or shall leave.
 *
 * When a request is meant to be sent: the first one when the user comes; the next of the same task when the answer to the last one is
 * complete; the first of a task when the planned pause is over, or, in an open model, when it arrives, whether or not the generator is in
 * time for it. In an open model a user is present only while it plays a task.
 */
import type { JsonValue } from '@palier/protocol';
import { Jar, type Site } from '../cookies/jar.ts';
import { pathOf, withCookies } from '../cookies/with-cookies.ts';
import { type Client, Connection, type ConnectionFault, type ConnectionOwner } from '../client/connection.ts';
import type { Request } from '../client/request.ts';
import { generatorLimits } from '../options.ts';
import type { Deadlines, Waiting } from '../pacing/deadlines.ts';
import type { Done, Recorder } from '../record/recorder.ts';
import { taskKey, userKey } from './draws.ts';
import type { ActStep, RequestStep, Script, Step } from './script.ts';
import { Talk, type Talker, type TalkWorld } from './talk.ts';

/** What users live in. */
export interface World {
  readonly script: Script;
  readonly seed: number;
  readonly client: Client;
  readonly site: Site;
  /** What the load's time counts from. */
  readonly startedAtEpochMs: number;
  readonly recorder: Recorder;
  readonly deadlines: Deadlines<Waiting>;
  /** From this moment on nothing new is begun. */
  readonly endMs: number;
  readonly requestTimeoutMs: number;
  /** The number of the next person in this place. */
  readonly nextNumber: (place: number) => number;
  /** The address that this person sends from; null: the machine's choice. */
  readonly sourceOf: (number: number) => string | null;
  /** Whether a user plays a task when it is told to, instead of after a pause. */
  readonly open: boolean;
  /** The user's task is over: wakes it then, or, in an open model, lets it play again. */
  readonly rest: (user: User, untilMs: number) => void;
  /** Null: no step of the plan uses a WebSocket. */
  readonly talks: TalkWorld<User> | null;
}

const State = { thinking: 0, asking: 1, gone: 2, free: 3, talking: 4 } as const;

export class User implements ConnectionOwner, Talker {
  earlier: Waiting | null = null;
  later: Waiting | null = null;
  sinceMs = 0;

  number = 0;
  task = 0;
  taken: (JsonValue | undefined)[] = [];
  missing = '';
  traceRequest = 0;

  readonly #world: World;
  readonly #place: number;
  #cameMs: number;
  #connection: Connection;
  #talk: Talk<User> | null = null;
  /** Null: no answer has set a cookie. */
  #jar: Jar | null = null;
  #request: Request | null = null;
  #state: number = State.thinking;
  #key = 0;
  #taskCount = 0;
  #starting = false;
  #failed = false;
  #leaving = false;
  #steps: readonly Step[] = [];
  #at = 0;
  #intendedMs = 0;
  #sentBytes = 0;
  #thinkFromMs = 0;
  #dueMs = 0;

  /** A user that comes now. `atMs` is when it was meant to. */
  constructor(world: World, place: number, atMs: number) {
    this.#world = world;
    this.#place = place;
    this.#cameMs = atMs;
    world.recorder.came();
    this.#connection = this.#become();
    this.#begin(atMs);
  }

  get traceUser(): number {
    return this.number;
  }

  /** Plays the next task, which arrived then; of an open model's user whose last one is over. */
  play(atMs: number): void {
    this.#cameMs = atMs;
    this.#world.recorder.came();
    if (this.#failed) {
      this.#connection = this.#become();
      this.#begin(atMs);
    } else this.#nextTask(atMs);
  }

  /** When its pause is over; Infinity when it does not pause. */
  get dueMs(): number {
    return this.#state === State.thinking ? this.#dueMs : Number.POSITIVE_INFINITY;
  }

  /** The pause is over. */
  wake(): void {
    if (this.#state !== State.thinking) return;
    this.#world.recorder.thought(this.#thinkFromMs, this.#dueMs);
    if (this.#failed) {
      this.#connection = this.#become();
      this.#begin(this.#dueMs);
    } else this.#nextTask(this.#dueMs);
  }

  /** Leaves now, or as soon as the request in hand is over. */
  leave(nowMs: number): void {
    if (this.#state === State.asking) this.#leaving = true;
    else if (this.#state === State.thinking) {
      this.#world.recorder.thought(this.#thinkFromMs, Math.min(nowMs, this.#dueMs));
      this.#go(nowMs);
    } else if (this.#state === State.free) this.#go(nowMs);
    else if (this.#state === State.talking) {
      if (this.#talk?.holds === true) this.abandon(nowMs);
      else this.#leaving = true;
    }
  }

  /** Leaves now; the request in hand counts nowhere. */
  abandon(nowMs: number): void {
    if (this.#state === State.asking) this.#world.deadlines.remove(this);
    else if (this.#state === State.talking) this.#talk?.quit(nowMs);
    if (this.#state !== State.gone) this.#go(nowMs);
  }

  /** The request in hand has taken too long. */
  overdue(nowMs: number): void {
    if (this.#state === State.talking) {
      this.#talk?.overdue(nowMs);
      return;
    }
    const sentAtMs = this.#connection.sentAtMs;
    const receivedBytes = this.#connection.receivedBytes;
    this.#connection.close();
    this.#world.deadlines.remove(this);
    const what = sentAtMs === 0 ? 'no connection' : receivedBytes === 0 ? 'no answer' : 'no whole answer';
    const text = `${what} within ${this.#world.requestTimeoutMs / 1000} s`;
    // Without a connection the request was never sent; then all of the time is the server's.
    const from = sentAtMs === 0 ? this.sinceMs : sentAtMs;
    this.#world.recorder.answered(this.#done(nowMs, receivedBytes), from, { kind: 'timeout', text });
    this.#fail(nowMs, 0);
  }

  answered(nowMs: number): void {
    const connection = this.#connection;
    const { recorder, deadlines } = this.#world;
    deadlines.remove(this);
    if (connection.cookies.length > 0) this.#keepCookies(connection.cookies, nowMs);
    const fault = (this.#steps[this.#at] as RequestStep).assess(connection, this);
    recorder.answered(this.#done(nowMs, connection.receivedBytes), connection.sentAtMs, fault);
    if (fault !== null) this.#fail(nowMs, 0);
    else this.#advance(nowMs, nowMs);
  }

  broken(fault: ConnectionFault, text: string, nowMs: number): void {
    const { recorder, deadlines } = this.#world;
    deadlines.remove(this);
    if (fault === 'exhausted') recorder.exhausted(this.#intendedMs, nowMs);
    else recorder.broken(this.#done(nowMs, this.#connection.receivedBytes), { kind: fault, text });
    this.#fail(nowMs, fault === 'connect' || fault === 'exhausted' ? generatorLimits.leastRetryMs : 0);
  }

  /** The hold of its WebSocket is over. */
  held(nowMs: number): void {
    this.#talk?.held(nowMs);
  }

  stepDone(intendedMs: number, nowMs: number): void {
    this.#advance(intendedMs, nowMs);
  }

  stepFailed(leastPauseMs: number, nowMs: number): void {
    this.#fail(nowMs, leastPauseMs);
  }

  cookiesFor(path: string): string {
    const query = path.indexOf('?');
    const nowMs = this.#world.client.now() + this.#world.startedAtEpochMs;
    return this.#jar?.sent(query < 0 ? path : path.slice(0, query), nowMs) ?? '';
  }

  /** The request in hand was sent once more. */
  retried(): void {
    this.#world.recorder.retried(this.#intendedMs);
  }

  /** Another person, with a connection, data and draws of its own. */
  #become(): Connection {
    const { nextNumber, seed, client, sourceOf } = this.#world;
    this.number = nextNumber(this.#place);
    this.#key = userKey(seed, this.number);
    this.#taskCount = 0;
    this.traceRequest = 0;
    this.taken = [];
    this.#jar = null;
    this.#failed = false;
    return new Connection(client, this, sourceOf(this.number));
  }

  /** The step is over; what follows was due at `intendedMs`. */
  #advance(intendedMs: number, nowMs: number): void {
    if (this.#over(nowMs)) this.#go(nowMs);
    else if (++this.#at < this.#steps.length) this.#ask(intendedMs);
    else if (this.#starting) {
      this.#talk?.hangUp();
      this.#nextTask(nowMs);
    } else this.#rest(nowMs, 0);
  }

  #begin(intendedMs: number): void {
    const { start } = this.#world.script;
    if (start.length === 0) this.#nextTask(intendedMs);
    else {
      this.task = taskKey(this.#key, this.#taskCount++);
      this.#starting = true;
      this.#steps = start;
      this.#at = 0;
      this.#ask(intendedMs);
    }
  }

  #nextTask(intendedMs: number): void {
    this.task = taskKey(this.#key, this.#taskCount++);
    this.#starting = false;
    this.#steps = this.#world.script.chooseTask(this.task);
    this.#at = 0;
    this.#ask(intendedMs);
  }

  #ask(intendedMs: number): void {
    const { client, deadlines, recorder } = this.#world;
    const step = this.#steps[this.#at] as Step;
    this.traceRequest++;
    if (step.act !== null) {
      this.#say(step, intendedMs);
      return;
    }
    const made = step.request(this);
    const nowMs = client.now();
    this.#intendedMs = intendedMs;
    if (made === null) {
      this.#sentBytes = 0;
      const text = `{{${this.missing}}} is not known: no answer before gave it`;
      recorder.broken(this.#done(nowMs, 0), { kind: 'missing-value', text });
      this.#fail(nowMs, generatorLimits.leastRetryMs);
      return;
    }
    const request = this.#jar === null || step.ownCookies ? made : this.#withCookies(made, nowMs);
    this.#request = request;
    this.#state = State.asking;
    this.#sentBytes = request.length;
    recorder.began(intendedMs, nowMs);
    deadlines.add(this, nowMs);
    this.#connection.send(request, nowMs);
  }

  #withCookies(made: Request, nowMs: number): Request {
    const cookies = this.#jar?.sent(pathOf(made), nowMs + this.#world.startedAtEpochMs) ?? '';
    return cookies === '' ? made : withCookies(made, cookies);
  }

  #keepCookies(lines: readonly string[], nowMs: number): void {
    const { site, startedAtEpochMs } = this.#world;
    const path = pathOf(this.#request as Request);
    this.#jar ??= new Jar(site);
    for (const line of lines) this.#jar.keep(line, path, nowMs + startedAtEpochMs);
  }

  #say(step: ActStep, intendedMs: number): void {
    const { talks } = this.#world;
    this.#state = State.talking;
    this.#intendedMs = intendedMs;
    const talk: Talk<User> = this.#talk ?? new Talk<User>(this, this.#world, talks as TalkWorld<User>);
    this.#talk = talk;
    talk.begin(step, intendedMs);
  }

  /** The step went wrong, and with it its task, or the start of this person. */
  #fail(nowMs: number, leastPauseMs: number): void {
    this.#talk?.hangUp();
    this.#failed = this.#starting;
    if (this.#failed) this.#world.recorder.failedStart(this.#intendedMs);
    if (this.#over(nowMs)) this.#go(nowMs);
    else if (this.#failed) {
      this.#connection.close();
      this.#rest(nowMs, generatorLimits.leastRestartMs);
    } else this.#rest(nowMs, leastPauseMs);
  }

  #rest(nowMs: number, leastMs: number): void {
    this.#talk?.hangUp();
    if (this.#over(nowMs)) {
      this.#go(nowMs);
      return;
    }
    if (this.#world.open) {
      this.#state = State.free;
      this.#world.recorder.left(this.#cameMs, nowMs);
      this.#world.rest(this, nowMs);
      return;
    }
    const pauseMs = Math.max(leastMs, this.#world.script.thinkMs(this.task));
    if (pauseMs === 0) {
      this.#nextTask(nowMs);
      return;
    }
    this.#state = State.thinking;
    this.#thinkFromMs = nowMs;
    this.#dueMs = nowMs + pauseMs;
    this.#world.rest(this, this.#dueMs);
  }

  #over(nowMs: number): boolean {
    return this.#leaving || nowMs >= this.#world.endMs;
  }

  #go(nowMs: number): void {
    // Who is free left when its task was over.
    if (this.#state !== State.free) this.#world.recorder.left(this.#cameMs, nowMs);
    this.#state = State.gone;
    this.#talk?.hangUp();
    this.#connection.close();
  }

  #done(nowMs: number, receivedBytes: number): Done {
    const step = this.#steps[this.#at] as RequestStep;
    return {
      route: step.route,
      traceUser: this.number,
      traceRequest: step.traced ? this.traceRequest : 0,
      intendedMs: this.#intendedMs,
      nowMs,
      sentBytes: this.#sentBytes,
      receivedBytes,
    };
  }
}
