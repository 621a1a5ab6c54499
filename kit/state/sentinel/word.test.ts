import { expect, test } from 'vitest';
import { isPrimary, selectionOf, wordOf } from './word.ts';

const bytes = (...fields: readonly string[]): Buffer[] => fields.map((field) => Buffer.from(field));
const address = bytes('10.0.0.2', '6379');

test('the word of a Sentinel that leads a failover is of the new primary, though its picture shows the old one', () => {
  const master = bytes(
    'name',
    'm',
    'ip',
    '10.0.0.1',
    'port',
    '6379',
    'config-epoch',
    '7',
    'failover-state',
    'reconf_slaves',
  );
  expect(wordOf(master, address, [])).toEqual({
    primary: { host: '10.0.0.2', port: 6379 },
    epoch: 7,
    promoting: false,
    eligible: [],
  });
});

test.each([
  ['none', false],
  ['wait_start', false],
  ['select_slave', false],
  ['send_slaveof_noone', true],
  ['wait_promotion', true],
  ['update_config', false],
])('in the step %s of a failover a replica is being promoted: %s', (state, promoting) => {
  expect(wordOf(bytes('config-epoch', '1', 'failover-state', state), address, null)?.promoting).toBe(promoting);
});

test('a replica that is down or of priority 0 may not be promoted; one that is disconnected may have been a moment ago', () => {
  const replica = (port: number, flags: string, priority = '100') =>
    bytes('ip', '10.0.0.3', 'port', `${port}`, 'flags', flags, 'slave-priority', priority);
  const replicas = [
    replica(1, 'slave'),
    replica(2, 's_down,slave'),
    replica(3, 'slave,disconnected'),
    replica(4, 'o_down,slave'),
    replica(5, 'slave', '0'),
    replica(6, 'slave,promoted'),
    bytes('flags', 'slave'),
    null,
  ];
  expect(wordOf(bytes('config-epoch', '1'), address, replicas)?.eligible).toEqual([
    '10.0.0.3:1',
    '10.0.0.3:3',
    '10.0.0.3:6',
  ]);
});

test('a Sentinel that knows no primary has no word', () => {
  expect(wordOf(bytes('config-epoch', '1'), null, [])).toBeUndefined();
  expect(wordOf(null, bytes('10.0.0.2', 'x'), [])).toBeUndefined();
});

test('a selection names the replica and whose place it takes; of another set it is nobody’s', () => {
  const message = 'slave 10.0.0.3:6380 10.0.0.3 6380 @ mine 10.0.0.2 6379';
  expect(selectionOf(message, 'mine')).toEqual({
    selected: { host: '10.0.0.3', port: 6380 },
    of: { host: '10.0.0.2', port: 6379 },
  });
  expect(selectionOf(message, 'other')).toBeUndefined();
  expect(selectionOf('anything', 'mine')).toBeUndefined();
});

test('who says master is primary', () => {
  expect(isPrimary(['master', 1, []])).toBe(true);
  expect(isPrimary([Buffer.from('slave'), 'h', 1, 'connected', 1])).toBe(false);
  expect(isPrimary(null)).toBe(false);
});
