/** Before each project of Vitest: what tests that were killed have left in the temporary folder is removed (`globalSetup`). */
import { tmpdir } from 'node:os';
import { removeLeftFolders } from './folder.ts';

/** Longer than any test leaves its folder alone. */
const unusedMs = 10 * 60_000;

export default async function setUp(): Promise<void> {
  await removeLeftFolders(tmpdir(), unusedMs);
}
