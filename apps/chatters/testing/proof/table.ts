/** Rows as text, columns aligned: the first to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0] as number) : text.padStart(widths[column] as number);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
