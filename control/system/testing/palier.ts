/** Starts the small `palier up` of up.ts in a test. */
import { fileURLToPath } from 'node:url';
import { startProgram, type TestPalier } from '../../driver/testing/palier.ts';

export { type Message, nodeServer, type TestPalier } from '../../driver/testing/palier.ts';

/** `folder`: of the config file. */
export function startSystem(
  folder: string,
  exported: object,
  options: { readonly wrap?: readonly string[]; readonly cpus?: readonly number[] } = {},
): Promise<TestPalier> {
  const up = fileURLToPath(new URL('./up.ts', import.meta.url));
  const { wrap = [], cpus } = options;
  return startProgram(up, () => JSON.stringify({ file: `${folder}/palier.config.ts`, exported, cpus }), wrap);
}
