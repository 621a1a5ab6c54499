/** What an installation can choose for all of its new drafts: the keys, what each may be, and what it is by itself. Pure. */
import { invalidValue } from '../errors.ts';
import { defaultPacking, readPacking } from '../packing/options.ts';
import { defaultTemplate, readTemplate } from '../packing/templates.ts';

export const settingKeys = ['packing.source', 'packing.volume_mb', 'packing.template'] as const;
export type SettingKey = (typeof settingKeys)[number];

/** By key; what is not set is not there. */
export type Settings = Readonly<Partial<Record<SettingKey, string>>>;

/** What a draft begins with, as `readConfig` reads it. */
export interface DraftSettings {
  readonly packing?: Readonly<Record<string, string>>;
  /** The text of the template. */
  readonly template?: string;
}

export const settingDefaults: Readonly<Record<SettingKey, string | null>> = {
  'packing.source': defaultPacking.source,
  // Chosen by the size of the book.
  'packing.volume_mb': null,
  'packing.template': defaultTemplate,
};

export function isSettingKey(key: string): key is SettingKey {
  return settingKeys.some((known) => known === key);
}

/** Before the dot: what the setting is about. */
export function categoryOf(key: SettingKey): string {
  return key.slice(0, key.indexOf('.'));
}

/** The value in its usual spelling. Throws REQUEST_INVALID. */
export function checkedSetting(key: SettingKey, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalidValue('value', value, 'a text');
  switch (key) {
    case 'packing.source':
      return readPacking({ source: value }).source;
    case 'packing.volume_mb':
      return String(readPacking({ volume_mb: value }).volumeMb);
    case 'packing.template':
      readTemplate({ template: value });
      return value;
  }
}

/** What is set there; of nothing, nothing. */
export function draftSettings(settings: Settings): DraftSettings {
  const { 'packing.source': source, 'packing.volume_mb': volume_mb, 'packing.template': template } = settings;
  const packing = { ...(source === undefined ? {} : { source }), ...(volume_mb === undefined ? {} : { volume_mb }) };
  return {
    ...(Object.keys(packing).length === 0 ? {} : { packing }),
    ...(template === undefined ? {} : { template: readTemplate({ template }) }),
  };
}
