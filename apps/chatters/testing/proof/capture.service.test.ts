import { describe, expect, it } from 'vitest';
import { playCapture } from './capture.ts';
import { onFiles, onServers } from './engines.ts';

/** The short form of `npm run proof -w @palier/app-chatters -- capture`: for counts only. */
const short = { people: 4000, pointsPerMinute: 100_000, latencyMs: 150, jitterMs: 20, leaseMs: 900, fast: true };

for (const engines of [onFiles, onServers]) {
  describe(`a capture on ${engines.name}`, engines.options, () => {
    it('has everybody who stayed, once, and the page shows what is planted, though the worker is killed twice', async () => {
      const { captured, stayed, ...counts } = await playCapture(engines, short, () => {});
      expect(stayed).toBeGreaterThan(4000);
      expect(captured).toBeGreaterThanOrEqual(stayed);
      expect(counts).toMatchObject({
        missing: 0,
        duplicates: 0,
        strangers: 0,
        unasked: 0,
        wrong: 0,
        renamedWrongly: 0,
        refused: 0,
        clusters: { planted: 2, found: 2, accused: 0 },
      });
    }, 180_000);
  });
}
