/** What `writeScript` needs and gives, and its bounds. */
import type { GeneratorPlan, PlannedStep, RequestStepFile, Scenario } from '@palier/protocol';

export type ScriptTool = 'k6' | 'locust';

/** As their makers write them. */
export const toolNames: Readonly<Record<ScriptTool, string>> = { k6: 'k6', locust: 'Locust' };

export interface ScriptSource {
  readonly scenario: Scenario<RequestStepFile>;
  /** Of the same scenario, at its full length: it has the routes, the rows, and the windows that are judged. */
  readonly plan: GeneratorPlan<PlannedStep>;
  /** The tasks that are not in the script, since they use a WebSocket (`requestsOf`). */
  readonly leftOut: readonly string[];
  /** The system's name. */
  readonly system: string;
  /** The name of the system file, for the comment. */
  readonly configName: string;
  /** The file that the script will stand in, without a folder. */
  readonly scriptName: string;
  /** How the script names a file that the scenario names: relative to the script, beginning with a dot. */
  readonly pathOf: (file: string) => string;
  /** Where the load goes unless another address is given with the run; null: it must be given. */
  readonly baseUrl: string | null;
}

export interface Script {
  readonly text: string;
  /** What the tool cannot carry over, a sentence each; they stand in the script too. */
  readonly notes: readonly string[];
  /** Files that must stand beside the script. */
  readonly beside: readonly { readonly name: string; readonly text: string }[];
}

/** Rows of values, and where the script has them from: a file, or written in it. */
export interface ScriptRows {
  readonly name: string;
  readonly path: string | null;
  readonly list: GeneratorPlan['data'][string]['rows'];
}

export const scriptLimits: {
  readonly maxInlineRows: number;
  readonly columns: number;
} = {
  // More rows are data, not script: they go to a file of their own.
  maxInlineRows: 12,
  // What people read without scrolling; k6's and Locust's own examples keep to about as much.
  columns: 100,
};
