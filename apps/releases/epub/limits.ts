/** How much an EPUB may hold. Real books stay far below; an archive made to exhaust memory or disk does not. */

export interface EpubLimits {
  readonly maxEntries: number;
  /** All entries together, as the archive declares them. */
  readonly maxInflatedBytes: number;
  /** Inflated bytes by bytes of the file, once more than `ratioFromBytes` are inflated. Deflate reaches 1032; books 2 to 20. */
  readonly maxRatio: number;
  readonly ratioFromBytes: number;
  /** META-INF/container.xml. */
  readonly maxContainerBytes: number;
  /** The OPF package: its manifest grows with the book. */
  readonly maxPackageBytes: number;
  readonly maxXmlDepth: number;
}

export const epubLimits: EpubLimits = {
  maxEntries: 5000,
  maxInflatedBytes: 512 * 1024 * 1024,
  maxRatio: 100,
  ratioFromBytes: 1024 * 1024,
  maxContainerBytes: 64 * 1024,
  maxPackageBytes: 1024 * 1024,
  maxXmlDepth: 50,
};
