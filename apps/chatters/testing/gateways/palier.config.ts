/**
 * How many users one gateway carries and how many two: `palier limit evening --replicas 1,2`. It is the application's own file, but a gateway has
 * a tenth of a core, so that the gateways and not the cores of the machine are what is measured.
 */
import { defineSystem, type SystemFile } from 'palier';
import application from '../../palier.config.ts';

const gateway = application.services['gateway'];
const scenario = application.scenarios?.['hundred'];
if (gateway === undefined || scenario === undefined) throw new Error('palier.config.ts has another shape.');

const system: SystemFile = defineSystem({
  ...application,
  name: 'chatters-gateways',
  services: Object.fromEntries(
    Object.entries({ ...application.services, gateway: { ...gateway, replicas: 1, allotment: { cpu: 0.1 } } }).map(
      ([name, service]) => [name, { ...service, cwd: '../..' }],
    ),
  ),
  scenarios: { evening: { ...scenario, description: 'An evening.' } },
});
export default system;
