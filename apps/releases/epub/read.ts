/** Opens an EPUB and reads what it says of itself. */
import { releasesError } from '../errors.ts';
import { openArchive } from './archive.ts';
import { epubLimits, type EpubLimits } from './limits.ts';
import { type BookMetadata, packagePath, readPackage } from './package.ts';

const containerName = 'META-INF/container.xml';

/** `path`: the file. Throws EPUB_NOT_ZIP, EPUB_NO_PACKAGE, EPUB_MALFORMED, EPUB_TOO_LARGE, EPUB_ENCRYPTED. */
export async function readEpub(path: string, limits: EpubLimits = epubLimits): Promise<BookMetadata> {
  const archive = await openArchive(path, limits);
  try {
    const container = await archive.read(containerName, limits.maxContainerBytes);
    if (container === undefined) throw releasesError('EPUB_NO_PACKAGE', { reason: `there is no ${containerName}` });
    const opfPath = packagePath(container, limits);
    if (opfPath === undefined) throw releasesError('EPUB_NO_PACKAGE', { reason: `${containerName} names none` });
    const opf = await archive.read(archive.has(opfPath) ? opfPath : decodedPath(opfPath), limits.maxPackageBytes);
    if (opf === undefined) throw releasesError('EPUB_NO_PACKAGE', { reason: `there is no ${shown(opfPath)}` });
    const metadata = readPackage(opf, limits);
    if (metadata === undefined)
      throw releasesError('EPUB_NO_PACKAGE', { reason: `${shown(opfPath)} is no OPF package` });
    return metadata;
  } finally {
    archive.close();
  }
}

/** Some makers write the path as a URL. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function shown(path: string): string {
  return path.length <= 100 ? path : `${path.slice(0, 100)}…`;
}
