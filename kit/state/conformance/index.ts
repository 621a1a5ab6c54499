/** What every driver of a port must keep, as sentences that any test framework can run. */
export { busConformance, type BusSubject } from './bus.ts';
export type { ConformanceCase } from './case.ts';
export { copiesConformance, type CopiesSubject } from './copies.ts';
export { assertSameForms, type FormCall, formsBeginMs } from './forms.ts';
export { kvConformance, type KvSubject } from './kv.ts';
export { sqlConformance, type SqlSubject, type SqlTables } from './sql.ts';
