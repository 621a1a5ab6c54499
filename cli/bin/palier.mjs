#!/usr/bin/env node
// Starts palier. In a checkout (no dist) it makes the surroundings that npm scripts have: Node 24 from node_modules and the source
// condition, also for the services that palier starts. Plain JavaScript that runs on Node 20, so that an old Node gets a sentence.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const condition = '--conditions=palier-source';
const here = dirname(fileURLToPath(import.meta.url));
const published = join(here, '..', 'dist', 'main.js');
const source = join(here, '..', 'main.ts');
const inCheckout = existsSync(source);
const bin = join(here, '..', '..', 'node_modules', '.bin');
const isOld = Number(process.versions.node.split('.')[0]) < 24;
const lacksCondition = inCheckout && !(process.env.NODE_OPTIONS ?? '').includes(condition);

if (inCheckout && (isOld || lacksCondition) && existsSync(join(bin, 'node')) && process.env.PALIER_RESTARTED !== '1') {
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    NODE_OPTIONS: lacksCondition ? `${process.env.NODE_OPTIONS ?? ''} ${condition}`.trim() : process.env.NODE_OPTIONS,
    PALIER_RESTARTED: '1',
  };
  const child = spawn(join(bin, 'node'), [source, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // What this process gets is passed on. The terminal sends Ctrl-C to both, and a second Ctrl-C means: at once. So it goes on as a signal
  // of another kind, which the child counts by itself (stop.ts).
  let got;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      got ??= signal;
      child.kill('SIGUSR2');
    });
  }
  // As a shell says it of a child that a signal ended; SIGUSR2 was what this process got.
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + constants.signals[signal === 'SIGUSR2' && got !== undefined ? got : signal]),
  );
} else if (isOld) {
  console.error(
    `palier runs on Node 24 or newer; this is Node ${process.versions.node}. Install Node 24 and try again.`,
  );
  process.exit(2);
} else {
  await import(inCheckout ? source : published);
}
