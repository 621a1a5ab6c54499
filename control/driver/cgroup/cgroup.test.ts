import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMounts } from './index.ts';
import { parseMounts } from './mounts.ts';
import { version1, version2 } from './version.ts';

describe('parseMounts()', () => {
  it('finds version 2 as systemd mounts it', () => {
    const mounts = parseMounts(
      '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n',
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n',
    );
    const own = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope';
    expect(mounts).toEqual({ unified: { mount: '/sys/fs/cgroup', own }, byController: {} });
  });

  it('finds version 1 with its controllers together and apart, and the own group below the root that a container shows', () => {
    const mounts = parseMounts(
      [
        '40 30 0:35 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct',
        '41 30 0:36 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory',
        '42 30 0:37 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids',
      ].join('\n'),
      '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc/web\n0::/\n',
    );
    const both = '/sys/fs/cgroup/cpu,cpuacct/';
    expect(mounts).toEqual({
      unified: null,
      byController: { cpu: both, cpuacct: both, memory: '/sys/fs/cgroup/memory/web' },
    });
  });

  it('finds nothing where nothing is', () => {
    expect(parseMounts('', '')).toEqual({ unified: null, byController: {} });
  });
});

describe('in folders that look like control groups', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('cgroup');
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it('version 2 writes quota and memory limit, without swap', () => {
    writeFileSync(folder.file('memory.swap.max'), 'max');
    version2.limit({ cpu: folder.path, memory: folder.path }, { cpuCores: 1.5, memoryBytes: 2 ** 28 });
    expect(read('cpu.max')).toBe('150000 100000');
    expect(read('memory.max')).toBe('268435456');
    expect(read('memory.swap.max')).toBe('0');
    writeFileSync(folder.file('memory.events'), 'low 0\noom 3\noom_kill 2\noom_group_kill 1\n');
    expect(version2.oomKills({ memory: folder.path })).toBe(2);
  });

  it('version 1 writes the same in its own words', () => {
    version1.limit({ cpu: folder.path, memory: folder.path }, { cpuCores: 0.001, memoryBytes: 2 ** 28 });
    expect([read('cpu.cfs_period_us'), read('cpu.cfs_quota_us')]).toEqual(['100000', '1000']);
    expect(read('memory.limit_in_bytes')).toBe('268435456');
    writeFileSync(folder.file('memory.oom_control'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n');
    expect(version1.oomKills({ memory: folder.path })).toBe(4);
  });

  it('a group counts for as many as are in it, and for one when it is empty', () => {
    version2.weigh({ cpu: folder.path }, 3);
    version1.weigh({ cpu: folder.path }, 0);
    expect([read('cpu.weight'), read('cpu.shares')]).toEqual(['300', '1024']);
  });

  it('version 2 is given up, with the reason, where no group hands a controller down', () => {
    const own = folder.file('user.slice', 'term.scope');
    mkdirSync(own, { recursive: true });
    writeFileSync(folder.file('cgroup.controllers'), 'cpu io memory pids\n');
    const { report } = openMounts({ unified: { mount: folder.path, own }, byController: {} }, []);
    expect(report).toEqual({ version: null, reason: `${own} hands no controller down` });
    expect(existsSync(dirname(own))).toBe(true);
  });

  it('where nothing may be written, nothing is enforced, and the reason is the kernel’s', () => {
    const gone = folder.file('read-only');
    const { report } = openMounts({ unified: null, byController: { cpu: gone, memory: gone } }, []);
    expect(report).toMatchObject({ version: null, reason: expect.stringContaining('ENOENT') });
  });

  function read(file: string): string {
    return readFileSync(folder.file(file), 'utf8');
  }
});
