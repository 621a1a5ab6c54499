import { expect, test } from 'vitest';
import { until } from '../until.ts';
import { descendantsOf, isRunning, leftBehind, snapshot, startedWith, startProcess } from './index.ts';

const listener = `
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
`;

test('what a test leaves behind is found by its mark, process and port, and is gone after stop()', async () => {
  const mark = `PALIER_MARK=${process.pid}-${performance.now()}`;
  const before = snapshot();
  const child = await startProcess({
    command: [process.execPath, '-e', listener],
    env: { PALIER_MARK: mark.split('=')[1] as string },
    ready: /^port (\d+)$/,
  });
  const left = leftBehind(before, startedWith(mark));
  expect(left).toHaveLength(2);
  expect(left[0]).toContain(`process ${child.pid}`);
  expect(left[1]).toBe(`port ${child.ready[1]}, held by process ${child.pid}`);
  await child.stop();
  expect(leftBehind(before, startedWith(mark))).toEqual([]);
});

test('stop() ends the children too, and SIGKILLs what ignores SIGTERM', async () => {
  const child = await startProcess({
    command: ['sh', '-c', 'trap "" TERM; sleep 1000 & echo ready; wait; wait; sleep 1000'],
    ready: /^ready$/,
    stopWithinMs: 100,
  });
  const below = await until('the child of the shell', () => {
    const found = descendantsOf(child.pid, snapshot().processes);
    return found.length > 0 && found;
  });
  expect((await child.stop()).signal).toBe('SIGKILL');
  await until('the end of its child', () => below.every(({ pid }) => !isRunning(pid)));
});

test('a start that does not succeed says so with the last lines, and leaves nothing', async () => {
  await expect(startProcess({ command: ['sh', '-c', 'echo no luck; exit 3'], ready: /^ready$/ })).rejects.toThrow(
    /it ended \(3\).*\nno luck/s,
  );
  await expect(startProcess({ command: ['/no/such/program'], ready: /x/ })).rejects.toThrow(/ENOENT/);
});

test('a line is found whether it came before or comes after the question', async () => {
  await using child = await startProcess({ command: ['sh', '-c', 'echo one; read x; echo two $x >&2; sleep 100'] });
  expect(await child.line(/one/)).toBe('one');
  child.child.stdin?.write('now\n');
  expect(await child.line(/^two/)).toBe('two now');
  await expect(child.line(/never/, 50)).rejects.toThrow('50 ms passed');
});

test('a process that ends without stopping its children takes all of them along, with one listener for any number', async () => {
  const mark = `PALIER_MARK=${process.pid}-${performance.now()}`;
  const before = snapshot();
  const script = `import { startProcess } from '@palier/testkit/processes';
    for (let i = 0; i < 12; i++) await startProcess({ command: ['sleep', '1000'] });
    console.log('listeners ' + process.listenerCount('exit'));
    process.stdin.once('data', () => process.exit(0));`;
  const parent = await startProcess({
    command: [process.execPath, '--conditions=palier-source', '--input-type=module', '-e', script],
    env: { PALIER_MARK: mark.split('=')[1] as string },
    ready: /^listeners (\d+)$/,
  });
  expect(parent.ready[1]).toBe('1');
  expect(leftBehind(before, startedWith(mark))).toHaveLength(13);
  parent.child.stdin?.write('go\n');
  await parent.ended;
  await until('the end of its children', () => leftBehind(before, startedWith(mark)).length === 0);
  expect(parent.lines.join('\n')).not.toContain('MaxListenersExceededWarning');
});
