/** Ours as a contestant. */
import type { Contestant } from '../bench.ts';

export const palier: Contestant = {
  name: 'palier',
  role: 'ours',
  howToGet: 'it is this repository',
  version: () => 'of this commit',
};
