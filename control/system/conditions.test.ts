import type { Service } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { conditionsOf } from './conditions.ts';

const service = (name: string, cpuCores: number | null, memoryBytes: number | null): Service =>
  ({ name, allotment: { cpuCores, memoryBytes } }) as Service;
const api = service('api', 0.5, 256 * 1024 * 1024);
const folders: readonly string[] = [];

function sentence(one: Service, cgroup: Parameters<typeof conditionsOf>[1]): string | undefined {
  return conditionsOf([one], cgroup, null, true).allotments[0];
}

describe('conditionsOf()', () => {
  it('says for each service whether its allotment is enforced, and if not, why', () => {
    expect(sentence(api, { version: 2, folders, cpu: true, memory: true })).toBe(
      'api: 0.5 cores and 256 MiB of memory for each replica, enforced by the kernel (cgroup v2).',
    );
    expect(sentence(api, { version: null, reason: 'EACCES: permission denied' })).toBe(
      'api: 0.5 cores and 256 MiB of memory for each replica, judged against but not enforced: EACCES: permission denied.',
    );
    expect(sentence(service('web', null, null), { version: 2, folders, cpu: true, memory: true })).toBe(
      'web: no allotment; a replica may use the whole machine.',
    );
  });

  it('says so when only a part is enforced', () => {
    expect(sentence(api, { version: 2, folders, cpu: false, memory: true })).toBe(
      "api: 256 MiB of memory for each replica, enforced by the kernel (cgroup v2); 0.5 cores for each replica, judged against but not enforced: this user's control groups do not offer it.",
    );
    expect(sentence(service('api', 1, null), { version: 2, folders, cpu: false, memory: true })).toBe(
      "api: 1 core for each replica, judged against but not enforced: this user's control groups do not offer it.",
    );
  });

  it('speaks of pinning only when it was asked for', () => {
    const cgroup = { version: null, reason: 'x' } as const;
    expect(conditionsOf([], cgroup, null, true).pinning).toEqual([]);
    expect(conditionsOf([], cgroup, '0', true).pinning).toEqual([
      'Replicas and balancer are pinned to core 0 (taskset).',
    ]);
    expect(conditionsOf([], cgroup, '0', false).pinning[0]).toContain('there is no program taskset');
  });
});
