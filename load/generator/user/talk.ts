/**
 * What a user does over its WebSocket: opens it, sends, waits for messages, holds. One WebSocket at a time; it is closed when the list of
 * steps that opened it is over.
 *
 * A message that comes while nobody waits for one is kept for a later expect, if there is one, up to a limit: then the oldest is dropped.
 * An expect passes over what it does not want. Like the user, this is a state machine without promises or timers of its own.
 */
import { STATUS_CODES } from 'node:http';
import { formatBytes } from '@palier/base/bytes';
import type { Channel, ChannelEvents, OpenChannel } from '../client/channel.ts';
import { unconnected } from '../client/unconnected.ts';
import { generatorLimits } from '../options.ts';
import type { Waiting } from '../pacing/deadlines.ts';
import type { Patience } from '../pacing/patience.ts';
import type { Done, Recorder } from '../record/recorder.ts';
import { type Body, bodyOf, type Fault, quote } from './answer.ts';
import type { ActStep } from './script.ts';
import type { Act } from './talk-steps.ts';
import type { Values } from './template.ts';

/** The user, as far as its talk knows it. */
export interface Talker extends Waiting, Values {
  /** The value of the Cookie header of a request of this path; empty: none. */
  cookiesFor(path: string): string;
  /** The step is over; what follows was due at `intendedMs`. */
  stepDone(intendedMs: number, nowMs: number): void;
  /** The step went wrong, and is recorded. */
  stepFailed(leastPauseMs: number, nowMs: number): void;
}

/** What talks live in. */
export interface TalkWorld<T> {
  readonly open: OpenChannel;
  /** Who waits for a WebSocket or a message. */
  readonly waits: Patience<Waiting>;
  /** Who holds; adding goes by `hold`. */
  readonly holds: Patience<Waiting>;
  readonly hold: (user: T, durationMs: number, nowMs: number) => void;
}

interface Surroundings {
  readonly client: { readonly now: () => number };
  readonly recorder: Recorder;
  readonly endMs: number;
  readonly requestTimeoutMs: number;
  readonly sourceOf: (number: number) => string | null;
}

const neverOpened: Fault = { kind: 'reset', text: 'there is no WebSocket' };

export class Talk<T extends Talker> implements ChannelEvents {
  readonly #owner: T;
  readonly #world: Surroundings;
  readonly #talks: TalkWorld<T>;

  #channel: Channel | null = null;
  /** How it ended while no step was looking. */
  #lost: Fault = neverOpened;
  #step: ActStep | null = null;
  /** Whether the step waits, and for how long at most. */
  #waitMs: number | null = null;
  #intendedMs = 0;
  /** When the last message was sent. */
  #sentAtMs = -1;
  #fromMs = 0;
  #traceRequest = 0;

  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #keeps = false;
  /** Since the last step that was recorded. */
  #sentBytes = 0;
  #receivedBytes = 0;
  #passed = 0;
  #lastPassed: Buffer | null = null;
  #dropped = 0;

  constructor(owner: T, world: Surroundings, talks: TalkWorld<T>) {
    this.#owner = owner;
    this.#world = world;
    this.#talks = talks;
  }

  /** Does a step; the owner is told how it went, maybe during this call. */
  begin(step: ActStep, intendedMs: number): void {
    const nowMs = this.#world.client.now();
    this.#step = step;
    this.#keeps = step.keeps;
    this.#intendedMs = intendedMs;
    const { act } = step;
    if (act.kind === 'connect') this.#connect(act, nowMs);
    else if (act.kind === 'send') this.#send(act, nowMs);
    else if (act.kind === 'expect') this.#expect(act, nowMs);
    else if (act.kind === 'hold') this.#hold(act, nowMs);
    else {
      this.hangUp();
      this.#owner.stepDone(intendedMs, nowMs);
    }
  }

  /** Whether the user thinks, so that it may leave at once. */
  get holds(): boolean {
    return this.#step?.act.kind === 'hold';
  }

  /** The hold is over. */
  held(nowMs: number): void {
    const dueMs = this.#endHold(Number.POSITIVE_INFINITY);
    this.#end();
    this.#owner.stepDone(dueMs, nowMs);
  }

  /** What the step waits for has not come in time. */
  overdue(nowMs: number): void {
    const { act } = this.#step as ActStep;
    const within = `within ${(this.#waitMs as number) / 1000} s`;
    const others = this.#passed === 0 ? '' : `; the last of ${this.#passed} others was ${this.#shownLast()}`;
    const dropped = this.#dropped === 0 ? '' : `; ${this.#dropped} were dropped unread before`;
    const text = act.kind === 'expect' ? `${act.wanted} ${within}${others}${dropped}` : `no WebSocket ${within}`;
    this.#unwait();
    this.#world.recorder.answered(this.#done(nowMs), this.#fromMs, { kind: 'timeout', text });
    this.#fail(0, nowMs);
  }

  /** Leaves in the middle of a step, which counts nowhere; what was held counts as such. */
  quit(nowMs: number): void {
    if (this.holds) {
      const dueMs = this.#endHold(nowMs);
      if (dueMs < Math.min(nowMs, this.#world.endMs)) this.#world.recorder.neverBegan(dueMs);
    }
    this.#unwait();
    this.hangUp();
  }

  /** Closes what is open. Whoever waits has been told. */
  hangUp(): void {
    this.#channel?.close();
    this.#channel = null;
    this.#lost = neverOpened;
    this.#forget();
    this.#end();
  }

  opened(): void {
    const nowMs = this.#world.client.now();
    this.#unwait();
    this.#world.recorder.answered(this.#done(nowMs), this.#fromMs, null);
    this.#end();
    this.#owner.stepDone(nowMs, nowMs);
  }

  refused(status: number): void {
    const nowMs = this.#world.client.now();
    this.#channel = null;
    this.#unwait();
    const kind = status >= 500 ? '5xx' : status >= 400 ? '4xx' : 'check';
    const text = `the upgrade to WebSocket was answered with ${status} ${STATUS_CODES[status] ?? ''}`.trim();
    this.#world.recorder.answered(this.#done(nowMs), this.#fromMs, { kind, text });
    this.#fail(0, nowMs);
  }

  message(content: Buffer): void {
    this.#receivedBytes += content.length;
    const act = this.#step?.act;
    if (act?.kind === 'expect') this.#look(act, content, this.#world.client.now());
    else if (this.#keeps) this.#keep(content);
  }

  ended(code: number, reason: string): void {
    const why = reason === '' ? '' : `: ${quote(reason)}`;
    this.#broke({ kind: 'reset', text: `the server closed the WebSocket (${code}${why})` });
  }

  failed(error: NodeJS.ErrnoException, protocol: boolean): void {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      const text = `a message is larger than ${formatBytes(generatorLimits.maxMessageBytes)}, more than is taken`;
      this.#broke({ kind: 'malformed', text });
    } else if (protocol)
      this.#broke({ kind: 'malformed', text: `the server does not keep to the protocol: ${error.message}` });
    else if (this.#step?.act.kind !== 'connect' || error.code === 'ECONNRESET') {
      this.#broke({ kind: 'reset', text: `the connection broke (${error.code})` });
    } else {
      const { fault, text } = unconnected(error);
      if (fault === 'connect') this.#broke({ kind: 'connect', text });
      else this.#exhausted();
    }
  }

  #connect(act: Extract<Act, { kind: 'connect' }>, nowMs: number): void {
    const owner = this.#owner;
    const asked = act.asks(owner);
    this.#traceRequest = act.traced ? owner.traceRequest : 0;
    if (asked === null) {
      this.#missing(nowMs);
      return;
    }
    this.#world.recorder.began(this.#intendedMs, nowMs);
    this.#wait(this.#world.requestTimeoutMs, nowMs);
    const cookies = asked.headers['cookie'] === undefined ? owner.cookiesFor(asked.path) : '';
    const request = cookies === '' ? asked : { ...asked, headers: { ...asked.headers, cookie: cookies } };
    this.#channel = this.#talks.open(request, this.#world.sourceOf(owner.number), this);
  }

  #send(act: Extract<Act, { kind: 'send' }>, nowMs: number): void {
    const text = act.text(this.#owner);
    if (text === undefined) {
      this.#missing(nowMs);
      return;
    }
    const { recorder } = this.#world;
    recorder.began(this.#intendedMs, nowMs);
    const channel = this.#channel;
    if (channel === null || channel.unsentBytes > generatorLimits.maxUnsentBytes) {
      const unsent = `the server takes nothing: ${formatBytes(generatorLimits.maxUnsentBytes)} wait to be sent`;
      recorder.broken(this.#done(nowMs), channel === null ? this.#lost : { kind: 'reset', text: unsent });
      this.#fail(0, nowMs);
      return;
    }
    channel.send(text);
    this.#sentAtMs = nowMs;
    this.#sentBytes += Buffer.byteLength(text);
    this.#end();
    // Sending takes no time: what follows is due when this was.
    this.#owner.stepDone(this.#intendedMs, nowMs);
  }

  #expect(act: Extract<Act, { kind: 'expect' }>, nowMs: number): void {
    // What was sent since this fell due is what it may be the answer to.
    this.#fromMs = this.#sentAtMs >= this.#intendedMs ? this.#sentAtMs : nowMs;
    for (let content = this.#unread.shift(); content !== undefined; content = this.#unread.shift()) {
      this.#unreadBytes -= content.length;
      this.#look(act, content, nowMs);
      if (this.#step?.act !== act) return;
    }
    if (this.#channel === null) {
      this.#world.recorder.broken(this.#done(nowMs), this.#lost);
      this.#fail(0, nowMs);
    } else this.#wait(act.withinMs, nowMs, this.#fromMs);
  }

  #hold({ durationMs }: Extract<Act, { kind: 'hold' }>, nowMs: number): void {
    this.#intendedMs = nowMs;
    if (this.#channel === null) {
      this.#world.recorder.broken(this.#done(nowMs), this.#lost);
      this.#fail(0, nowMs);
      return;
    }
    this.#talks.hold(this.#owner, durationMs, nowMs);
  }

  /** Is this the message? */
  #look(act: Extract<Act, { kind: 'expect' }>, content: Buffer, nowMs: number): void {
    const owner = this.#owner;
    owner.missing = '';
    const body: Body = bodyOf(content);
    if (act.assess(body, owner) === null) {
      this.#unwait();
      this.#world.recorder.answered(this.#done(nowMs), this.#fromMs, null);
      this.#end();
      owner.stepDone(nowMs, nowMs);
    } else if (owner.missing !== '') {
      this.#unwait();
      this.#missing(nowMs);
    } else {
      this.#passed++;
      this.#lastPassed = content;
    }
  }

  #keep(content: Buffer): void {
    this.#unread.push(content);
    this.#unreadBytes += content.length;
    const { maxUnreadMessages, maxUnreadBytes } = generatorLimits;
    while (this.#unread.length > 1 && (this.#unread.length > maxUnreadMessages || this.#unreadBytes > maxUnreadBytes)) {
      this.#unreadBytes -= (this.#unread.shift() as Buffer).length;
      this.#dropped++;
      this.#world.recorder.dropped(this.#world.client.now());
    }
  }

  /** The WebSocket is gone; whoever looked is told, else whoever looks next. */
  #broke(fault: Fault): void {
    const nowMs = this.#world.client.now();
    this.#channel = null;
    this.#lost = fault;
    if (this.#step === null) return;
    if (this.holds) {
      this.#endHold(nowMs);
      this.#intendedMs = nowMs;
    }
    this.#unwait();
    this.#world.recorder.broken(this.#done(nowMs), fault);
    this.#fail(fault.kind === 'connect' ? generatorLimits.leastRetryMs : 0, nowMs);
  }

  #exhausted(): void {
    const nowMs = this.#world.client.now();
    this.#channel = null;
    this.#unwait();
    this.#world.recorder.exhausted(this.#intendedMs, nowMs);
    this.#fail(generatorLimits.leastRetryMs, nowMs);
  }

  #missing(nowMs: number): void {
    const text = `{{${this.#owner.missing}}} is not known: no answer before gave it`;
    this.#world.recorder.broken(this.#done(nowMs), { kind: 'missing-value', text });
    this.#fail(generatorLimits.leastRetryMs, nowMs);
  }

  #fail(leastPauseMs: number, nowMs: number): void {
    this.#end();
    this.#owner.stepFailed(leastPauseMs, nowMs);
  }

  /** No step is in hand. */
  #end(): void {
    this.#step = null;
    this.#passed = 0;
    this.#lastPassed = null;
  }

  #forget(): void {
    if (this.#unread.length > 0) this.#unread = [];
    this.#unreadBytes = this.#sentBytes = this.#receivedBytes = this.#dropped = 0;
    this.#sentAtMs = -1;
  }

  #wait(forMs: number, nowMs: number, fromMs: number = nowMs): void {
    this.#fromMs = fromMs;
    this.#waitMs = forMs;
    this.#talks.waits.add(this.#owner, forMs, nowMs);
  }

  #unwait(): void {
    if (this.#waitMs === null) return;
    this.#talks.waits.remove(this.#owner, this.#waitMs);
    this.#waitMs = null;
  }

  /** Takes the user off the holds; gives when it was due. */
  #endHold(nowMs: number): number {
    const { durationMs } = (this.#step as ActStep).act as Extract<Act, { kind: 'hold' }>;
    const { sinceMs } = this.#owner;
    this.#talks.holds.remove(this.#owner, durationMs);
    this.#world.recorder.thought(sinceMs, Math.min(nowMs, sinceMs + durationMs));
    return sinceMs + durationMs;
  }

  #shownLast(): string {
    return quote(this.#lastPassed?.toString('utf8', 0, 400) ?? '');
  }

  #done(nowMs: number): Done {
    const sentBytes = this.#sentBytes;
    const receivedBytes = this.#receivedBytes;
    this.#sentBytes = this.#receivedBytes = 0;
    return {
      route: (this.#step as ActStep).route,
      traceUser: this.#owner.number,
      traceRequest: this.#traceRequest,
      intendedMs: this.#intendedMs,
      nowMs,
      sentBytes,
      receivedBytes,
    };
  }
}
