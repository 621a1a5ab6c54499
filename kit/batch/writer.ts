/**
 * The port of a batch: what an engine must do with many rows at once, in sentences that `conformance/` holds each driver to.
 *
 * - All rows of a write are there when it is answered, or none is.
 * - A row whose key is there already is left, or gets the new values, as the driver was opened. No two rows of one write have the same key.
 * - An error says whether it may have happened (`outcomeOf`) and whether the same may succeed (`retry`): `never` means that a row, or the
 *   statement, is not allowed.
 */
export interface WrittenRow {
  /** In the order of the columns; undefined is null. */
  readonly values: readonly unknown[];
  /** What it takes on the wire, at most. */
  readonly bytes: number;
}

export interface RowWriter {
  /** Rows of one write at most. */
  readonly maxRows: number;
  /** Bytes of one write of several rows at most. */
  readonly maxBytes: number;
  /** Bytes of a row at most: the database takes no larger one. */
  readonly maxRowBytes: number;
  /** Writes at once at most. */
  readonly maxInFlight: number;
  write(rows: readonly WrittenRow[]): Promise<void>;
}

/** What is to be written where. */
export interface RowForm {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly onDuplicate: 'keep' | 'replace';
  readonly timeoutMs: number | undefined;
}
