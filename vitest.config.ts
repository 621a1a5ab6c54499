/**
 * Three projects by tier: `unit` needs no server and takes seconds; `service` starts real processes, and mostly waits for them; `alone`
 * measures load or time with real processes, so nothing else runs beside.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**'];
const resolve = { conditions: ['palier-source', 'node'] };
// A busy machine is no failed test; one that hangs is still ended.
const patience = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

/**
 * A run under load gets a verdict here, or how fast something was, or what the processor was busy with, is part of the answer. Whoever only
 * starts, loads, kills and counts is not among them: that holds on a busy machine, too. But what runs a system is: a palier that starts
 * removes what a killed one has left, also what another test has left to be found.
 */
const measuring = [
  'cli/{limit,limit-bottleneck,prove,second-replica,websocket}.service.test.ts',
  'control/{driver,machine,sample,system}/**/*.service.test.ts',
  'load/generator/{generator,open,websocket}.service.test.ts',
];

const config: ViteUserConfig = defineConfig({
  resolve,
  ssr: { resolve },
  test: {
    globalSetup: './testkit/left-folders.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...exclude, '**/*.service.test.ts'],
          // Files share a worker and its modules: importing has no effect here and there is no singleton, so nothing is carried over. A
          // worker of its own for each of 129 files cost more than all their tests (74 s of processor time, 36 s without).
          isolate: false,
          // What takes a second alone takes ten on a machine that others use too; a test that hangs is still ended.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'service',
          exclude: [...exclude, ...measuring],
          include: ['**/*.service.test.ts'],
          ...patience,
          // Most of the time is waiting: for leases to end, for Sentinels to agree, for a Cluster to notice. The failovers take 66 s and 11 s
          // of a processor.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          exclude,
          include: measuring,
          ...patience,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
export default config;
