/** Scenarios with WebSocket steps, which the balancer cannot carry: refused before anything is started. */
import type { Scenario } from '@palier/protocol';
import { cliError } from './errors.ts';

/** Throws `PALIER_SCENARIO_WEBSOCKET` for a scenario that is to be played through the balancer and connects. */
export function refuseWebSockets(scenario: Scenario): void {
  const lists = [
    { where: 'start', steps: scenario.start },
    ...scenario.tasks.map(({ name, steps }) => ({ where: `tasks.${name}`, steps })),
  ];
  const found = lists.find(({ steps }) => steps.some((step) => 'connect' in step));
  if (found === undefined) return;
  throw cliError('PALIER_SCENARIO_WEBSOCKET', { scenario: scenario.name, where: found.where });
}
