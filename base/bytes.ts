/**
 * Amounts of bytes as people read them: powers of 1024, named by the IEC (80000-13).
 */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Three digits at most: `512 B`, `1.5 KiB`, `38 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(value < 10 && unit > 0 ? 1 : 0))} ${units[unit]}`;
}
