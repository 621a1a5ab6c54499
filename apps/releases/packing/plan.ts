/** What a release will consist of: every name and text, and how the book is cut. Pure, so that a plan can be printed and compared. */
import { type Naming, directoryName, payloadName, shortName, volumeName } from './names.ts';
import { dizOf, nfoOf, type Told } from './texts.ts';
import { cutIntoVolumes, type EntrySize, type Slice, zipBytes } from './volumes.ts';

export interface PlannedVolume extends Slice {
  readonly name: string;
  /** FILE_ID.DIZ. */
  readonly diz: string;
  /** The name of the slice in the archive. */
  readonly entry: string;
}

export interface Plan {
  readonly directory: string;
  readonly day: string;
  readonly nfo: { readonly name: string; readonly text: string };
  /** None in a correction of texts alone. */
  readonly volumes: readonly PlannedVolume[];
  readonly sfvName: string;
  readonly sha256Name: string;
}

export type Facts = Omit<Told, 'directory'>;

export const dizName = 'FILE_ID.DIZ';

/** `what`: the whole release; or its texts only, as the releases are that mend an NFO or a directory. Throws PACK_TOO_LARGE. */
export function planRelease(facts: Facts, template: string, what: 'whole' | 'texts'): Plan {
  const naming: Naming = facts;
  const directory = directoryName(naming);
  const short = shortName(naming);
  const told = { ...facts, directory };
  const nfo = { name: `${short}.nfo`, text: nfoOf(told, template) };
  const volumes = what === 'texts' ? [] : volumesOf(told, short, payloadName(naming), nfo);
  return { directory, day: facts.day, nfo, volumes, sfvName: `${short}.sfv`, sha256Name: `${short}.sha256` };
}

function volumesOf(told: Told, short: string, payload: string, nfo: Plan['nfo']): PlannedVolume[] {
  const overheadOf = (many: boolean): number => {
    const entry = entryName(payload, 1, many);
    // The texts of all volumes have the same length: the counter has two digits.
    return zipBytes([...textEntries(dizOf(told, 1, 1), nfo), { name: entry, bytes: 0, streamed: true }]);
  };
  const slices = cutIntoVolumes(told.bytes, told.options.volumeMb, overheadOf);
  return slices.map(({ from, bytes }, i) => ({
    from,
    bytes,
    name: volumeName(short, i + 1),
    diz: dizOf(told, i + 1, slices.length),
    entry: entryName(payload, i + 1, slices.length > 1),
  }));
}

function textEntries(diz: string, nfo: Plan['nfo']): EntrySize[] {
  const entry = (name: string, text: string): EntrySize => ({ name, bytes: Buffer.byteLength(text), streamed: false });
  return [entry(dizName, diz), entry(nfo.name, nfo.text)];
}

/** A slice is numbered as those that `cat` and 7-Zip join: book.epub.001 and on. */
function entryName(payload: string, number: number, many: boolean): string {
  return many ? `${payload}.${String(number).padStart(3, '0')}` : payload;
}
