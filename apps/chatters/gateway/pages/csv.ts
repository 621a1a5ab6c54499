/** Cells of a CSV file (RFC 4180) that a spreadsheet shows and does not run. */

/** A cell that begins with one of these may be run as a formula (OWASP, "CSV Injection"); the last four are as wide as a letter of Chinese. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A cell that begins like a formula gets an apostrophe. */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}
