/** The door of `@palier/load/script`: a scenario as a script of k6 or Locust. README.md tells the rest. */
export type { Script, ScriptSource, ScriptTool } from './options.ts';
export { requestsOf } from './requests.ts';
export { writeScript } from './script.ts';
