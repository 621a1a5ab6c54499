/**
 * Services of other kinds, each told by a file of its own.
 */
import type { Candidate, Folder } from '../folder.ts';

const kinds: readonly { readonly file: string; readonly command: string }[] = [
  { file: 'bin/rails', command: 'exec bin/rails server -b 127.0.0.1 -p "$PORT"' },
  { file: 'config.ru', command: 'exec bundle exec rackup -o 127.0.0.1 -p "$PORT"' },
  { file: 'artisan', command: 'exec php artisan serve --host=127.0.0.1 --port="$PORT"' },
  { file: 'public/index.php', command: 'exec php -S 127.0.0.1:$PORT -t public' },
  { file: 'index.php', command: 'exec php -S 127.0.0.1:$PORT' },
  // nginx reads no environment: a copy of its configuration listens where it should, and finds what the original includes.
  {
    file: 'nginx.conf',
    command:
      'sed -E -e "s#listen +[^;]*;#listen 127.0.0.1:$PORT;#" -e "s#(include|root) +([^/;][^;]*);#\\1 $PWD/\\2;#" nginx.conf > .palier/nginx-$PORT.conf && exec nginx -p "$PWD" -c .palier/nginx-$PORT.conf -g "daemon off; pid .palier/nginx-$PORT.pid;"',
  },
];

export function otherCandidates({ paths }: Folder): Candidate[] {
  return kinds
    .filter(({ file }) => paths.includes(file))
    .map(({ file, command }) => ({ command, prepare: [], env: {}, from: file }));
}
