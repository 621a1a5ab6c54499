/** Which processes make the load of a fault, and what each does. */
import type { Fault } from './faults.ts';
import type { Pace } from './pace.ts';
import type { Prepared } from './prepare.ts';
import type { Role } from './load/role.ts';
import type { Stage } from './stage.ts';

/** How long the patient replica believes what it knew last, while it cannot ask. */
const patientMs = 5000;
const hourMs = 3_600_000;
/** Of the tokens so many may be revoked by each of the two. */
const revokedShare = 0.25;

export function rolesOf(
  { withPassage, withPeers, clocksOff }: Fault,
  pace: Pace,
  { url, cutUrl }: Pick<Stage, 'url' | 'cutUrl'>,
  { shared, users, tokens, tags }: Prepared,
  folder: { file(name: string): string },
): readonly Role[] {
  const role = (name: string, from: string, shiftMs: number) => ({
    name,
    url: from,
    shiftMs: clocksOff ? shiftMs : 0,
    shared,
    toFile: folder.file(`${name}.told.json`),
  });
  const validator = (nth: 0 | 1) => ({
    kind: 'tokens' as const,
    tokens,
    revokes: revokedBy(nth, tokens.length),
    validationsPerSecond: pace.validationsPerSecond / 2,
    revocationsPerSecond: pace.revocationsPerSecond / 2,
  });
  const rates = { makesPerSecond: pace.makesPerSecond, readsPerSecond: pace.readsPerSecond };
  const peer = (kind: 'node-redis' | 'ioredis'): Role => {
    return { ...role(kind, url, 0), kind, tags, writesPerSecond: pace.peerWritesPerSecond };
  };
  const kinds = withPeers && pace.peerWritesPerSecond > 0 ? (['node-redis', 'ioredis'] as const) : [];
  return [
    { ...role('sessions', cutUrl, -hourMs), kind: 'sessions', users, ...rates, endsPerSecond: pace.endsPerSecond },
    { ...role('strict', cutUrl, hourMs), ...validator(0), staleMs: 0 },
    // Of a partition it is the other side: it goes on and revokes, strictly too.
    { ...role('patient', url, 0), ...validator(1), staleMs: withPassage || clocksOff ? 0 : patientMs },
    ...kinds.map(peer),
  ];
}

/** Every fourth, none that the other revokes, spread over users and shards. */
function revokedBy(nth: 0 | 1, count: number): number[] {
  const every = 1 / revokedShare;
  return Array.from({ length: Math.floor(count * revokedShare) }, (_, i) => i * every + nth).filter((i) => i < count);
}
