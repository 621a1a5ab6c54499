/** What an NFO looks like: the templates of the application, and what one of a user's own may be. */
import { releasesError } from '../errors.ts';

/** What stands for a value, in braces. */
export const placeholders = [
  'release',
  'title',
  'authors',
  'publisher',
  'published',
  'language',
  'identifier',
  'subjects',
  'description',
  'issue',
  'link',
  'type',
  'format',
  'bytes',
  'released',
  'group',
] as const;
export type Placeholder = (typeof placeholders)[number];

const facts = `  Title......: {title}
  Author.....: {authors}
  Publisher..: {publisher}
  Published..: {published}
  Issue......: {issue}
  Language...: {language}
  Type.......: {type}
  Format.....: {format}
  Bytes......: {bytes}
  Identifier.: {identifier}
  Subjects...: {subjects}
  Source.....: {link}
  Released...: {released}
  Group......: {group}`;

const rule = '='.repeat(80);

export const templates: Readonly<Record<string, string>> = {
  standard: `${rule}
  {release}
${rule}

${facts}

  {description}

${rule}`,
  short: facts,
};

export const defaultTemplate = 'standard';

const maxLines = 100;
const maxCharacters = 8000;

/** The text of a template of the application (`template`), or of the user's own (`content`). Throws REQUEST_INVALID. */
export function readTemplate(sent: Readonly<Record<string, unknown>>): string {
  const { template, content } = sent;
  if (typeof template === 'string' && content === undefined) {
    const known = Object.hasOwn(templates, template) ? templates[template] : undefined;
    if (known !== undefined) return known;
  } else if (typeof content === 'string' && template === undefined) {
    const lines = content.split('\n').length;
    if (content.trim() !== '' && content.length <= maxCharacters && lines <= maxLines) return content;
    const expected = `1 to ${maxCharacters} characters in at most ${maxLines} lines`;
    throw releasesError('REQUEST_INVALID', { what: 'content', is: `${content.length} in ${lines}`, expected });
  }
  const expected = `template (one of ${Object.keys(templates).join(', ')}), or content (a text of your own)`;
  throw releasesError('REQUEST_INVALID', { what: 'The template', is: 'none that is known', expected });
}
