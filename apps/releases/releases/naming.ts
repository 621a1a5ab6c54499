/** The name of a release: Title-GROUP-YYYYMMDD, at most 255 of A-Z, a-z, 0-9 and "-", so that every file system can carry it. */

const maxNameLength = 255;
const untitled = 'Untitled';

/** `group` as checked (A-Z and 0-9); `createdAt` in ISO 8601. Letters lose their accents; what is no Latin letter or digit becomes "-". */
export function releaseName(title: string, group: string, createdAt: string): string {
  const end = `-${group}-${createdAt.slice(0, 10).replaceAll('-', '')}`;
  const plain = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, maxNameLength - end.length);
  return (plain.replace(/^-+|-+$/g, '') || untitled) + end;
}
