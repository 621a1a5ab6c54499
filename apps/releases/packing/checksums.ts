/** Checksum files, as cksfv and sha256sum read them. */

export interface Summed {
  readonly name: string;
  readonly crc32: number;
  /** In hex. */
  readonly sha256: string;
}

/** SFV: a line for each file, its name and its CRC32 in hex. The names have neither spaces nor ";". */
export function sfvOf(files: readonly Summed[]): string {
  return files.map(({ name, crc32 }) => `${name} ${hexOf(crc32)}\r\n`).join('');
}

/** For `sha256sum -c`. */
export function sha256sOf(files: readonly Summed[]): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
}

/** Eight digits, as in an SFV. */
export function hexOf(crc32: number): string {
  return crc32.toString(16).padStart(8, '0').toUpperCase();
}
