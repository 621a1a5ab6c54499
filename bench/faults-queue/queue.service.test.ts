/** The short form of `npm run faults -- queue`: the same workers, the same end, the same judge, for counts. */
import { mariadbServer, postgresServer } from '@palier/testkit/engines';
import { describe, expect, onTestFailed, test } from 'vitest';
import type { Engine } from '../batch/rows.ts';
import { play, short } from './play.ts';

const there: readonly (readonly [Engine, object])[] = [
  ['sqlite', {}],
  ['mariadb', mariadbServer().options],
  ['postgres', postgresServer().options],
];

for (const [engine, options] of there) {
  describe(`jobs on ${engine}`, options, () => {
    test('are all done, once as far as the database is concerned, whatever was killed meanwhile', async () => {
      const { counts, kills, restarts, ...more } = await play(engine, short);
      onTestFailed(() => console.error(JSON.stringify({ counts, kills, restarts, ...more }, null, 1)));
      const { lost, dead, fencedAccepted, effectsWrong, outputsWrong } = counts;
      expect({ lost, dead, fencedAccepted, effectsWrong, outputsWrong }).toEqual({
        lost: 0,
        dead: 0,
        fencedAccepted: 0,
        effectsWrong: 0,
        outputsWrong: 0,
      });
      expect(counts.done).toBe(short.jobs);
      // Or the counts would be worth nothing.
      expect(kills).toBeGreaterThan(0);
      expect(counts.begunAgain).toBeGreaterThan(0);
      expect(counts.refused).toBeGreaterThan(0);
      expect(counts.refusedBeside).toBeGreaterThan(0);
      expect(restarts).toBe(engine === 'sqlite' ? 0 : short.restartsAtMs.length);
    }, 300_000);
  });
}
