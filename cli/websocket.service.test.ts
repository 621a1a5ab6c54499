import { readFile } from 'node:fs/promises';
import type { RunReport } from '@palier/protocol';
import { startFleet } from '@palier/testkit/fleet';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { runPalier, writeSystem } from './testing/palier.ts';

/** The fleet of docs/guides/system-file.md, in seconds instead of minutes. */
const beat = [
  { hold: '400ms' },
  { send: { type: 'heartbeat', serial: '{{terminal.serial}}' } },
  { expect: { json: { type: 'heartbeat', serial: '{{terminal.serial}}' } }, within: '5s' },
];
const fleet = {
  stages: [{ rampTo: 100, perSecond: 200 }, { hold: '6s' }],
  warmUp: '1s',
  thinkTime: '100ms',
  data: { terminal: { rows: Array.from({ length: 100 }, (_, i) => ({ serial: `t-${i}` })) } },
  tasks: {
    stay: {
      weight: 100,
      steps: [
        { connect: '/echo?ms=5&serial={{terminal.serial}}' },
        { expect: { json: { type: 'welcome' } }, within: '5s', take: { serial: 'serial' } },
        ...beat,
        ...beat,
        ...beat,
      ],
    },
  },
  limits: { p95Ms: 1000, errorPercent: 2 },
};

describe('a scenario with WebSocket steps', () => {
  it('is played by palier load against an address, and its steps are rows of the report', async () => {
    await using server = await startFleet();
    await using folder = await temporaryFolder('fleet');
    await writeSystem(folder, { scenario: fleet });
    const target = `http://127.0.0.1:${server.port}`;
    await runPalier(folder, 'load', 'short', '--target', target, '--json', 'out.json');
    const report = JSON.parse(await readFile(folder.file('out.json'), 'utf8')) as RunReport;
    const [scenario] = report.scenarios;
    const rows = Object.fromEntries((scenario?.routes ?? []).map((row) => [row.route, row]));
    expect(Object.keys(rows).sort()).toEqual([
      'WS /echo',
      'WS /echo expect type=heartbeat serial=:terminal.serial',
      'WS /echo expect type=welcome',
    ]);
    const p95 = scenario?.criteria.find(({ limit }) => limit === 1000);
    expect(p95).toBeDefined();
    expect(JSON.stringify(p95)).not.toContain('never answered');
    expect(scenario?.overall.errors).toEqual({});
    await until('all are closed', async () => (await server.seen()).open === 0);
  });

  it.each(['prove', 'load', 'limit'])(
    'is refused by palier %s without an address, before anything is started',
    async (command) => {
      await using folder = await temporaryFolder('fleet');
      await writeSystem(folder, { scenario: fleet });
      const { status, text } = await runPalier(folder, command, 'short');
      expect(status).toBe(2);
      expect(text).toContain('The scenario short opens WebSockets (tasks.stay), which the balancer');
      expect(text).toContain('palier load short --target http://127.0.0.1:PORT');
      expect(text).not.toContain('api-1');
    },
  );
});
