/** Single rows, written many at once. */
export type { Batch, BatchCounts } from './batch.ts';
export { type BatchMeters, meterBatches } from './meters.ts';
export { batchOn, openBatch, openWriter } from './open.ts';
export type { BatchOptions, Quarantined, RowOf } from './options.ts';
export type { RowForm, RowWriter, WrittenRow } from './writer.ts';
