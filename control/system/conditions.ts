/** Under what conditions the replicas run, in sentences for the report. Pure. */
import { formatBytes } from '@palier/base/bytes';
import type { Allotment, Service } from '@palier/protocol';
import type { CgroupReport } from '../driver/index.ts';

export interface RunConditions {
  /** Who was pinned where, or why not. */
  readonly pinning: readonly string[];
  /** One a service: whether its allotment is enforced or only judged against. */
  readonly allotments: readonly string[];
}

/** `cpus`: asked for, as a list for taskset. `canPin`: taskset is there. */
export function conditionsOf(
  services: readonly Service[],
  cgroup: CgroupReport,
  cpus: string | null,
  canPin: boolean,
): RunConditions {
  return {
    pinning: cpus === null ? [] : [pinningSentence(cpus, canPin)],
    allotments: services.map((service) => `${service.name}: ${allotmentSentence(service.allotment, cgroup)}`),
  };
}

function pinningSentence(cpus: string, canPin: boolean): string {
  return canPin
    ? `Replicas and balancer are pinned to core ${cpus} (taskset).`
    : `Replicas and balancer could not be pinned to core ${cpus}: there is no program taskset (it is part of util-linux).`;
}

function allotmentSentence({ cpuCores, memoryBytes }: Allotment, cgroup: CgroupReport): string {
  const cpu = cpuCores === null ? [] : [cpuCores === 1 ? '1 core' : `${cpuCores} cores`];
  const memory = memoryBytes === null ? [] : [`${formatBytes(memoryBytes)} of memory`];
  const all = [...cpu, ...memory];
  if (all.length === 0) return 'no allotment; a replica may use the whole machine.';
  const each = (parts: readonly string[]): string => `${parts.join(' and ')} for each replica`;
  if (cgroup.version === null) return `${each(all)}, judged against but not enforced: ${cgroup.reason}.`;
  const enforced = [...(cgroup.cpu ? cpu : []), ...(cgroup.memory ? memory : [])];
  const judged = all.filter((part) => !enforced.includes(part));
  const kernel = `enforced by the kernel (cgroup v${cgroup.version})`;
  if (judged.length === 0) return `${each(all)}, ${kernel}.`;
  const rest = `${each(judged)}, judged against but not enforced: this user's control groups do not offer it`;
  return enforced.length === 0 ? `${rest}.` : `${each(enforced)}, ${kernel}; ${rest}.`;
}
