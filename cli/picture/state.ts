/**
 * What the picture shows, as a fold over what the run tells: pure, bounded, the same for the terminal and for plain lines.
 */
import { Histogram } from '@palier/base/histogram';
import type { LoadSecond, Phase, ReplicaSample, Scenario, Service, SystemEvent, SystemSample } from '@palier/protocol';

/** How many seconds the curves go back. */
export const curveSeconds = 600;
const eventsKept = 4;

/** What the picture needs to know of a scenario: its name, its model, and what the model's words need. */
export type PictureScenario = Pick<Scenario, 'name' | 'model' | 'arrivals' | 'thinkMs'>;

export interface CurvePoint {
  /** Present; in an open model those who have a task under way. */
  readonly users: number;
  /** Of an open model: tasks that began in that second. */
  readonly began: number;
  readonly requests: number;
  readonly errors: number;
  /** Null when nothing was answered in that second. */
  readonly p95Ms: number | null;
}

export interface Picture {
  readonly system: string;
  readonly services: readonly Service[];
  readonly step: 'starting' | 'up' | 'loading' | 'finishing';
  /** Sentence for steps without load. */
  readonly note: string;
  /** Null: nothing is loaded. */
  readonly scenario: PictureScenario | null;
  /** `2 of 3`, or empty when there is one. */
  readonly place: string;
  readonly phases: readonly Phase[];
  readonly timeScale: number;
  /** Milliseconds since the start of the load. */
  readonly atMs: number;
  readonly curve: readonly CurvePoint[];
  readonly requests: number;
  readonly errors: number;
  /** Of an open model: tasks that were to begin, and those of them that nobody was free for. */
  readonly arrivals: number;
  readonly refused: number;
  readonly lastErrorClass: string;
  readonly lagP99Ms: number;
  readonly replicas: readonly ReplicaSample[];
  readonly events: readonly SystemEvent[];
}

export type PictureFact =
  | { readonly kind: 'note'; readonly note: string }
  | {
      readonly kind: 'scenario';
      readonly scenario: PictureScenario;
      readonly place: string;
      readonly phases: readonly Phase[];
      readonly timeScale: number;
    }
  | { readonly kind: 'second'; readonly second: LoadSecond }
  | { readonly kind: 'sample'; readonly sample: SystemSample }
  | { readonly kind: 'event'; readonly event: SystemEvent }
  /** The system runs, and nothing loads it. */
  | { readonly kind: 'up'; readonly note: string }
  | { readonly kind: 'finishing'; readonly note: string };

export function emptyPicture(system: string, services: readonly Service[]): Picture {
  return {
    system,
    services,
    step: 'starting',
    note: 'starting',
    scenario: null,
    place: '',
    phases: [],
    timeScale: 1,
    atMs: 0,
    curve: [],
    requests: 0,
    errors: 0,
    arrivals: 0,
    refused: 0,
    lastErrorClass: '',
    lagP99Ms: 0,
    replicas: [],
    events: [],
  };
}

export function nextPicture(picture: Picture, fact: PictureFact): Picture {
  switch (fact.kind) {
    case 'note':
      return { ...picture, note: fact.note };
    case 'scenario': {
      const { scenario, place, phases, timeScale } = fact;
      const fresh = emptyPicture(picture.system, picture.services);
      return { ...fresh, replicas: picture.replicas, step: 'loading', scenario, place, phases, timeScale };
    }
    case 'second':
      return withSecond(picture, fact.second);
    case 'sample':
      return { ...picture, replicas: fact.sample.replicas };
    case 'event':
      return { ...picture, events: [...picture.events, fact.event].slice(-eventsKept) };
    case 'up':
      return { ...picture, step: 'up', note: fact.note };
    case 'finishing':
      return { ...picture, step: 'finishing', note: fact.note };
  }
}

function withSecond(picture: Picture, second: LoadSecond): Picture {
  const counts = Object.entries(second.errors);
  const errors = counts.reduce((sum, [, count]) => sum + count, 0);
  const response = Histogram.from(second.response);
  const point: CurvePoint = {
    users: second.users,
    began: second.arrivals - second.refusedArrivals,
    requests: second.requests,
    errors,
    p95Ms: response.count === 0 ? null : response.quantile(0.95) / 1000,
  };
  return {
    ...picture,
    atMs: second.atMs,
    curve: [...picture.curve, point].slice(-curveSeconds),
    requests: picture.requests + second.requests,
    errors: picture.errors + errors,
    arrivals: picture.arrivals + second.arrivals,
    refused: picture.refused + second.refusedArrivals,
    lastErrorClass: counts.at(-1)?.[0] ?? picture.lastErrorClass,
    lagP99Ms: Histogram.from(second.generator.lag).quantile(0.99) / 1000,
  };
}

/** What the stages asked for in the second before: users, or arrivals a second; its middle tells a ramp's mean. */
export function levelInLastSecond(phases: readonly Phase[], atMs: number): number {
  return levelAt(phases, Math.max(0, atMs - 500));
}

/** What the stages ask for at a moment. */
export function levelAt(phases: readonly Phase[], atMs: number): number {
  const phase = phases.find(({ endMs }) => atMs <= endMs) ?? phases.at(-1);
  if (phase === undefined) return 0;
  const { startMs, endMs, fromLevel, toLevel } = phase;
  const share = endMs <= startMs ? 1 : Math.min(1, Math.max(0, (atMs - startMs) / (endMs - startMs)));
  return fromLevel + share * (toLevel - fromLevel);
}
