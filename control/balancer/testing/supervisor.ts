/** A supervisor for tests, to be killed: starts a balancer without replicas and prints `balancer PID PORT`. */
import { fork } from 'node:child_process';
import type { BalancerMessage } from '@palier/protocol';
import { balancerEntry } from '../index.ts';
import { defaultSettings, testService } from './rig.ts';

const balancer = fork(balancerEntry());
balancer.on('message', (message: BalancerMessage) => {
  if (message.kind === 'listening') process.stdout.write(`balancer ${balancer.pid} ${message.ports['api']}\n`);
});
balancer.send({ kind: 'start', settings: defaultSettings, services: [testService] });
