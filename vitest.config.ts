/** Two projects by tier: `unit` needs no server and takes seconds; `service` starts real processes. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**'];
const resolve = { conditions: ['palier-source', 'node'] };

const config: ViteUserConfig = defineConfig({
  resolve,
  ssr: { resolve },
  test: {
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
        },
      },
      {
        extends: true,
        test: {
          name: 'service',
          exclude,
          include: ['**/*.service.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
export default config;
