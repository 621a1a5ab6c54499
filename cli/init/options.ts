/** What `palier init` looks at and asks, each bound with its reason. */
export const initLimits: {
  readonly maxDepth: number;
  readonly maxPaths: number;
  readonly maxTexts: number;
  readonly maxTextBytes: number;
  readonly maxCandidates: number;
  readonly startTimeout: string;
  readonly maxAsked: number;
  readonly askingMs: number;
  readonly answerMs: number;
  readonly sampleMs: number;
  readonly secondReplicaMs: number;
  readonly lookMs: number;
  readonly maxBodyBytes: number;
  readonly maxTasks: number;
  readonly maxRoutes: number;
} = {
  // src/server/api/routes.ts; what lies deeper starts nothing.
  maxDepth: 4,
  // A service has some hundred files; a home folder has a million, and is no service.
  maxPaths: 5000,
  maxTexts: 400,
  // A source file of more is generated.
  maxTextBytes: 256 * 1024,
  // Each that fails costs its start timeout.
  maxCandidates: 3,
  // A JVM on a busy machine; what is not up by then is told with its last lines.
  startTimeout: '20s',
  // Enough for a first scenario, too few to hurt a service that somebody else uses, too.
  maxAsked: 40,
  askingMs: 15_000,
  answerMs: 3000,
  // A sample comes each second.
  sampleMs: 2500,
  // As long as the first one has.
  secondReplicaMs: 20_000,
  lookMs: 100,
  maxBodyBytes: 1024 * 1024,
  // A first scenario that can be read at a glance.
  maxTasks: 8,
  maxRoutes: 50,
};
