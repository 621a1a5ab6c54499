/** The limit on crashes: replicas of any service that died without having been told to, at any time of the run. */
import type { ScenarioEvidence } from '../evidence.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';

export interface JudgedCrashes {
  readonly limit: Limit;
  readonly finding: Finding;
}

/** None where there is no such limit. What died while users came has died, whether or not their requests are judged. */
export function judgeCrashes({ scenario, events, samples, systemWatched }: ScenarioEvidence): readonly JudgedCrashes[] {
  const { crashes } = scenario.limits;
  if (crashes === undefined) return [];
  const limit: Limit = { title: 'number of crashes', limit: crashes, direction: 'below', unit: 'number' };
  if (!systemWatched) return [{ limit, finding: unseen('palier only sent load; it did not run the system') }];
  // Events come from whom the samples come from.
  if (samples.length === 0) return [{ limit, finding: unseen('there were no samples of the system') }];
  const seen = events.filter(({ kind }) => kind === 'replica-crashed');
  const [first] = seen;
  const note = first === undefined ? '' : `the first: ${first.message.replace(/\.$/, '')}`;
  const outcome = compare(limit, seen.length, null);
  return [{ limit, finding: { outcome, value: seen.length, interval: null, samples: samples.length, note } }];
}
