/** What the pages say, in the language of the reader. A language that lacks a word does not compile. */
import { english, type Words } from './words-en.ts';
import { french } from './words-fr.ts';

export type Language = 'en' | 'fr';

export interface Speech {
  readonly language: Language;
  /** What stands in braces is filled in. */
  say(word: keyof Words, facts?: Readonly<Record<string, string | number>>): string;
  /** The word of one of several, such as `status.draft`; what has none is shown as it is. */
  name(group: string, key: string): string;
  count(value: number): string;
  bytes(value: number): string;
  /** A day and its time. */
  moment(iso: string): string;
}

export const languages: readonly Language[] = ['en', 'fr'];

const key = 'releases.language';
const books: Readonly<Record<Language, Words>> = { en: english, fr: french };

/** What was chosen here before, else the first of the browser's languages that we have, else English. */
export function preferredLanguage(storage: Storage, wanted: readonly string[]): Language {
  const known = (text: string | null): Language | undefined => languages.find((one) => text?.split('-')[0] === one);
  return known(storage.getItem(key)) ?? wanted.map(known).find((one) => one !== undefined) ?? 'en';
}

export function chooseLanguage(storage: Storage, language: Language): void {
  storage.setItem(key, language);
}

/** `place`: the browser's own kind of the language, such as `en-GB`, for days and figures. */
export function speechOf(language: Language, wanted: readonly string[]): Speech {
  const place = wanted.find((one) => one.split('-')[0] === language) ?? language;
  const words = books[language];
  const counts = new Intl.NumberFormat(place);
  const moments = new Intl.DateTimeFormat(place, { dateStyle: 'medium', timeStyle: 'short' });
  const say: Speech['say'] = (word, facts = {}) =>
    words[word].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
  return {
    language,
    say,
    name: (group, one) => (words as Readonly<Record<string, string>>)[`${group}.${one}`] ?? one,
    count: (value) => counts.format(value),
    bytes(value) {
      const [size, unit] =
        value < 1e3 ? [value, 'byte'] : value < 1e6 ? [value / 1e3, 'kilobyte'] : [value / 1e6, 'megabyte'];
      const unitDisplay = unit === 'byte' ? 'long' : 'short';
      const style = {
        style: 'unit',
        unit,
        unitDisplay,
        maximumFractionDigits: size < 10 && value >= 1e3 ? 1 : 0,
      } as const;
      return new Intl.NumberFormat(place, style).format(size);
    },
    moment: (iso) => moments.format(new Date(iso)),
  };
}
