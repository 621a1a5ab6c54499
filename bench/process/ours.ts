/** Ours as a contestant. */
import { readFileSync } from 'node:fs';
import type { Contestant } from '../bench.ts';

export const palier: Contestant = {
  name: 'palier',
  role: 'ours',
  howToGet: 'it is this repository',
  version: () => JSON.parse(readFileSync(new URL('../../cli/package.json', import.meta.url), 'utf8')).version as string,
};
