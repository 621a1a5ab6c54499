/**
 * What the folder itself declares to be its command, in any language: Procfile, Dockerfile.
 */
import { commandOf, lineOf, withPort } from '../command-line.ts';
import type { Candidate, Folder } from '../folder.ts';

/** `web: gunicorn shop:app`: the process that gets PORT, by the custom of Heroku and its heirs. */
export function procfileCandidates({ texts }: Folder): Candidate[] {
  const line = /^web:[ \t]*(\S.*)$/m.exec(texts['Procfile'] ?? '')?.[1];
  return line === undefined
    ? []
    : [{ command: commandOf(withPort(line)), prepare: [], env: {}, from: 'Procfile, web' }];
}

/** The last ENTRYPOINT and CMD of the last stage, as if the folder were its WORKDIR. */
export function dockerCandidates({ texts }: Folder): Candidate[] {
  const text = (texts['Dockerfile'] ?? '').replaceAll(/\\\r?\n/g, ' ');
  const stage = text.slice(Math.max(0, text.search(/^FROM(?![\s\S]*^FROM)/im)));
  const line = [lastOf(stage, 'ENTRYPOINT'), lastOf(stage, 'CMD')].filter((part) => part !== '').join(' ');
  if (line === '' || !/^[\w./$"]/.test(line)) return [];
  return [{ command: commandOf(withPort(line)), prepare: [], env: {}, from: 'Dockerfile' }];
}

/** `CMD ["node", "server.js"]` or `CMD node server.js`, as a line. */
function lastOf(stage: string, word: string): string {
  const rest = [...stage.matchAll(new RegExp(String.raw`^${word}\s+(.+)$`, 'gim'))].at(-1)?.[1]?.trim() ?? '';
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) ? lineOf(words.map(String)) : rest;
  } catch {
    return rest;
  }
}
