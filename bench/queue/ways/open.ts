/** Opens a contestant's queue by its name, with what only it needs. */
import type { PgBossSetting } from './pg-boss.ts';
import type { Way } from './way.ts';

export async function openWay(name: string, url: string): Promise<Way> {
  const bare = /^bare × (\d+)$/.exec(name)?.[1];
  if (bare !== undefined) return (await import('./bare.ts')).openBare(url, Number(bare));
  const setting = /^pg-boss (.+)$/.exec(name)?.[1];
  if (setting !== undefined) return (await import('./pg-boss.ts')).openPgBoss(url, setting as PgBossSetting);
  switch (name) {
    case 'palier':
      return (await import('./palier.ts')).openPalier(url);
    case 'palier, kept':
      return (await import('./palier.ts')).openPalier(url, 86_400_000);
    case 'graphile-worker':
      return (await import('./graphile-worker.ts')).openGraphileWorker(url);
    case 'bullmq':
      return (await import('./bullmq.ts')).openBullMq(url);
    case 'sidequest':
      return (await import('./sidequest.ts')).openSidequest(url);
    default:
      throw new Error(`There is no contestant ${name}.`);
  }
}
