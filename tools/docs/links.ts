/**
 * Links in Markdown that lead somewhere.
 */
import { posix } from 'node:path';

/** Sentences on relative links whose file or heading does not exist. `exists` is asked about paths from the root. */
export function findBrokenLinks(documents: ReadonlyMap<string, string>, exists: (path: string) => boolean): string[] {
  return [...documents].flatMap(([path, text]) =>
    linksOf(text).flatMap(({ to, line }) => {
      const [file, heading] = to.split('#') as [string, string?];
      const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
      if (target.startsWith('..') || !exists(target)) return [`${path}:${line}  ${to} leads nowhere.`];
      const targetText = documents.get(target);
      if (heading === undefined || targetText === undefined || headingsOf(targetText).has(heading)) return [];
      return [`${path}:${line}  ${to}: ${target} has no such heading.`];
    }),
  );
}

function linksOf(text: string): { to: string; line: number }[] {
  return prose(text).flatMap((words, index) =>
    [...words.matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)/g)]
      .map((match) => ({ to: match[1] as string, line: index + 1 }))
      .filter(({ to }) => !/^[a-z][a-z+.-]*:/i.test(to)),
  );
}

/** As GitHub and npm make anchors of headings. */
function headingsOf(text: string): Set<string> {
  return new Set(
    prose(text)
      .filter((line) => /^#{1,6} /.test(line))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
  );
}

/** The lines of a document, those of fenced blocks and what stands in `code` emptied. */
function prose(text: string): string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark === undefined) return line.startsWith('#') ? line : line.replaceAll(/`[^`]*`/g, '');
    if (fence === undefined) fence = mark;
    else if (mark !== undefined && mark.startsWith(fence)) fence = undefined;
    return '';
  });
}
