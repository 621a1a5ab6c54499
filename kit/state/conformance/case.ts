/** One promise of a port: a sentence, and what shows it. No test framework is needed; `run` throws when the promise is broken. */
export interface ConformanceCase<Subject> {
  readonly sentence: string;
  run(subject: Subject): Promise<void>;
}
