/** What a release keeps of the wizard, in the two documents of its row; read with care, since a release can be edited without the wizard. */
import type { ReleasesTable } from '../database/schema.ts';
import { type BookMetadata, textLimits } from '../epub/package.ts';
import { invalidValue } from '../errors.ts';
import { defaultPacking, type PackingOptions, readPacking } from '../packing/options.ts';
import type { Facts } from '../packing/plan.ts';
import { defaultTemplate, templates } from '../packing/templates.ts';

export interface WizardConfig {
  readonly packing: PackingOptions;
  /** The text of the NFO's template. */
  readonly template: string;
  readonly ruleId: string | null;
  /** The SHA-256 of the file whose metadata was read. */
  readonly analyzed: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

const maxTemplate = 8000;
const lists = ['creators', 'subjects'] as const;
const texts = ['title', 'language', 'publisher', 'date', 'identifier', 'description'] as const;

/** What is missing or of another form is as if nothing had been chosen. */
export function readConfig(json: string): WizardConfig {
  const { packing, template, rule_id, analyzed } = fieldsOf(json);
  const text = (value: unknown, most: number): string | null =>
    typeof value === 'string' && value !== '' && value.length <= most ? value : null;
  return {
    packing: packingOf(packing),
    template: text(template, maxTemplate) ?? (templates[defaultTemplate] as string),
    ruleId: text(rule_id, 26),
    analyzed: text(analyzed, 64),
  };
}

export function writeConfig({ packing, template, ruleId, analyzed }: WizardConfig): string {
  return JSON.stringify({ packing: wordsOf(packing), template, rule_id: ruleId, analyzed });
}

/** What a release is planned by; `day`: YYYY-MM-DD. */
export function factsOf(
  row: Pick<ReleasesTable, 'title' | 'release_metadata' | 'config' | 'file_bytes'> & { readonly group: string },
  day: string,
): Facts {
  return {
    metadata: { ...readMetadata(row.release_metadata), title: row.title },
    group: row.group,
    options: readConfig(row.config).packing,
    bytes: Number(row.file_bytes ?? 0),
    day,
  };
}

/** The options as they are sent and told. */
export function wordsOf({ volumeMb, ...others }: PackingOptions): object {
  return { ...others, volume_mb: volumeMb };
}

/** What is missing or of another form is as if the book had not said it. */
export function readMetadata(json: string): BookMetadata {
  let metadata = nothing;
  for (const [name, value] of Object.entries(fieldsOf(json))) {
    try {
      metadata = changeMetadata(metadata, { [name]: value });
    } catch {
      // Written by somebody else.
    }
  }
  return metadata;
}

/** Sent fields over those of the book; what is not sent stays. Cut at the lengths that a book's own are. Throws REQUEST_INVALID. */
export function changeMetadata(before: BookMetadata, sent: Fields): BookMetadata {
  const found: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(sent)) {
    if (lists.includes(name as never)) found[name] = listOf(name as (typeof lists)[number], value);
    else if (texts.includes(name as never)) found[name] = textOf(name, value);
    else throw invalidValue('The field', name, `one of ${[...texts, ...lists].join(', ')}`);
  }
  return found as unknown as BookMetadata;
}

const nothing: BookMetadata = {
  title: null,
  creators: [],
  language: null,
  publisher: null,
  date: null,
  identifier: null,
  description: null,
  subjects: [],
};

function listOf(name: (typeof lists)[number], value: unknown): string[] {
  if (!Array.isArray(value) || value.length > textLimits[name])
    throw invalidValue(name, value, `a list of at most ${textLimits[name]} texts`);
  return value.map((one) => textOf(name, one)).filter((one) => one !== null);
}

function textOf(name: string, value: unknown): string | null {
  if (value === null) return null;
  const most = name === 'title' || name === 'description' ? textLimits[name] : textLimits.other;
  if (typeof value !== 'string' || value.length > most)
    throw invalidValue(name, value, `a text of at most ${most} characters`);
  return value.replace(/\s+/g, ' ').trim() || null;
}

function packingOf(value: unknown): PackingOptions {
  try {
    return readPacking(isFields(value) ? value : {});
  } catch {
    return defaultPacking;
  }
}

function fieldsOf(json: string): Fields {
  const value: unknown = JSON.parse(json);
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
