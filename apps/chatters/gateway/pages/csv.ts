/** Cells of a CSV file (RFC 4180) that a spreadsheet shows and does not run. */

/** A cell that begins like a formula gets an apostrophe (OWASP, "CSV Injection"). */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}
