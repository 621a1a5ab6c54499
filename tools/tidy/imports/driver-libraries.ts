/**
 * A driver's library is known to the driver alone, and loaded only when somebody uses it.
 */
import { posix } from 'node:path';
import { driverLibraries } from '../map.ts';
import { isShipped, type Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';

export const driverLibrariesRule: Rule = {
  name: 'driver-libraries',
  sentence: 'redis, mysql2 and pg are imported only in files named after them, and those files only by await import().',
  check(project) {
    return project.sources.filter(isShipped).flatMap(checkSource);
  },
  canaries: [
    {
      shows: "a driver's library in a file that is not named after it",
      breach: { 'kit/state/kv.ts': "import { createClient } from 'redis';\nimport pool from 'mysql2/promise';\n" },
      at: ['kit/state/kv.ts:1', 'kit/state/kv.ts:2'],
      sound: {
        'kit/state/kv-redis.ts': "import { createClient } from 'redis';\n",
        'kit/state/sql-mariadb.ts': "import pool from 'mysql2/promise';\n",
        'kit/state/sql-pg.ts': "import pg from 'pg';\n",
        'kit/state/redis.service.test.ts': "import { createClient } from 'redis';\n",
      },
    },
    {
      shows: 'a driver loaded by whoever imports the door',
      breach: { 'kit/state/open.ts': "import { redisKv } from './kv-redis.ts';\n", 'kit/state/kv-redis.ts': '' },
      at: ['kit/state/open.ts:1'],
      sound: {
        'kit/state/open.ts':
          "import type { RedisKv } from './kv-redis.ts';\nconst open = () => import('./kv-redis.ts');\n",
        'kit/state/kv-redis.ts': '',
      },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  return source.imports.flatMap(({ specifier, target, how, line }): Breach[] => {
    const library = specifier.split('/')[0] as string;
    const ends = driverLibraries[library];
    if (ends !== undefined && !ends.some((end) => stem(source.path).endsWith(end))) {
      return [
        {
          path: source.path,
          line,
          is: `imports the driver's library ${library}`,
          should: `only files named ${ends.map((end) => `*${end}.ts`).join(' or ')} do`,
        },
      ];
    }
    if (how === 'static' && target !== undefined && isDriver(target) && !isDriver(source.path)) {
      return [
        {
          path: source.path,
          line,
          is: `loads the driver ${specifier} at once`,
          should: 'await import() it where its URL is used (import type is free)',
        },
      ];
    }
    return [];
  });
}

function isDriver(path: string): boolean {
  return Object.values(driverLibraries).some((ends) => ends.some((end) => stem(path).endsWith(end)));
}

function stem(path: string): string {
  return posix.basename(path).split('.')[0] as string;
}
