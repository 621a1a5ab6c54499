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
