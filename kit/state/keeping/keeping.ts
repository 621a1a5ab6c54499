/**
 * Whether an engine keeps what it was given: a server that may evict, or writes nothing to disk, is a cache. What must not be lost (sessions,
 * revocations, jobs) is told so at start, before it is missed.
 */
import type { Log } from '@palier/base/log';
import type { Kv } from '../kv.ts';
import type { KeepingFacts } from './facts.ts';

/**
 * - `evicts`: with its memory full it throws away keys that nobody deleted
 * - `forgets`: nothing is written to disk, and a restart loses everything
 * - `unknown`: this user may not ask
 */
export type KeepingFinding = 'evicts' | 'forgets' | 'unknown';

export interface Keeping {
  /** No finding on any node. Something unknown is no finding: `findings` has it. */
  readonly keeps: boolean;
  readonly findings: readonly { readonly node: string; readonly finding: KeepingFinding; readonly sentence: string }[];
}

/** Asks every node that is known now, and warns of each finding. Rejects as a call does when a node does not answer. */
export async function checkKeeps(kv: Kv, log: Log): Promise<Keeping> {
  const keeping = keepingOf((await kv.keepingFacts?.()) ?? []);
  for (const { node, finding, sentence } of keeping.findings) {
    log(finding === 'unknown' ? 'info' : 'warn', sentence, { node, finding });
  }
  return keeping;
}

export function keepingOf(nodes: readonly KeepingFacts[]): Keeping {
  const findings = nodes.flatMap((facts) =>
    findingsOf(facts).map(([finding, sentence]) => ({ node: facts.node, finding, sentence })),
  );
  return { keeps: findings.every(({ finding }) => finding === 'unknown'), findings };
}

function findingsOf(facts: KeepingFacts): readonly (readonly [KeepingFinding, string])[] {
  const { maxMemoryBytes, policy, appendsToFile, snapshots } = facts;
  const found: (readonly [KeepingFinding, string])[] = [];
  if (maxMemoryBytes === undefined || policy === undefined) {
    found.push(['unknown', 'whether the server evicts keys cannot be asked; it should be set to noeviction']);
  } else if (maxMemoryBytes > 0 && policy !== 'noeviction') {
    found.push([
      'evicts',
      `the server may evict keys (maxmemory ${maxMemoryBytes} with ${policy}); for what must not be lost it should be set to noeviction`,
    ]);
  }
  if (appendsToFile === false && snapshots === false) {
    found.push([
      'forgets',
      'the server writes nothing to disk, and a restart loses everything; it should have appendonly yes, or save points',
    ]);
  } else if (appendsToFile === undefined || (!appendsToFile && snapshots === undefined)) {
    found.push(['unknown', 'whether the server writes to disk cannot be asked; it should have appendonly yes']);
  }
  return found;
}
