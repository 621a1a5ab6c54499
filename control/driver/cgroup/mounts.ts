/**
 * Where the control groups of this process are, from the text of /proc/self/mountinfo and /proc/self/cgroup. Pure; see proc(5), cgroups(7).
 */
import { join } from 'node:path';

export type Controller = 'cpu' | 'cpuacct' | 'memory';

export interface CgroupMounts {
  /** Where version 2 is mounted, and our own folder there. */
  readonly unified: { readonly mount: string; readonly own: string } | null;
  /** Our own folder below each controller that version 1 has mounted. */
  readonly byController: Readonly<Partial<Record<Controller, string>>>;
}

const controllers: readonly Controller[] = ['cpu', 'cpuacct', 'memory'];

export function parseMounts(mountInfo: string, ownGroups: string): CgroupMounts {
  const own = new Map<string, string>();
  for (const line of ownGroups.split('\n')) {
    // 4:memory:/some/path; the line of version 2 is 0::/some/path.
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match !== null) for (const name of (match[1] as string).split(',')) own.set(name, match[2] as string);
  }
  let unified: CgroupMounts['unified'] = null;
  const byController: Partial<Record<Controller, string>> = {};
  for (const line of mountInfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, mount] = (before ?? '').split(' ');
    const [type, , options] = (after ?? '').split(' ');
    if (root === undefined || mount === undefined) continue;
    if (type === 'cgroup2') unified = { mount, own: below(mount, root, own.get('') ?? '/') };
    if (type !== 'cgroup') continue;
    for (const name of controllers) {
      if (options?.split(',').includes(name)) byController[name] = below(mount, root, own.get(name) ?? '/');
    }
  }
  return { unified, byController };
}

/** A group's folder below a mount that shows the hierarchy from `root` on. */
function below(mount: string, root: string, group: string): string {
  if (root === '/' || group === root) return join(mount, group === root ? '/' : group);
  return group.startsWith(`${root}/`) ? join(mount, group.slice(root.length)) : mount;
}
