/** The conditions of a run that never was. */
import type { Conditions } from '@palier/protocol';

export const simulatedConditions: Conditions = {
  palierVersion: '0.1.0',
  nodeVersion: '24.0.0',
  platform: 'linux x64',
  cpuModel: 'simulated',
  cores: 2,
  memoryBytes: 4 * 2 ** 30,
  pinning: [],
  allotments: [],
  target: 'a function',
};
