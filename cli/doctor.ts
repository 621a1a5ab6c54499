/**
 * `palier doctor`: what this machine is, and what on it would spoil a measurement.
 */
import { examineMachine } from '@palier/control/machine';
import type { Arguments } from './arguments.ts';
import { readConfig } from './config.ts';
import { paintFor } from './picture/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

/** Exit status 1 when something must be mended before a measurement can be trusted. */
export async function doctor(
  args: Extract<Arguments, { command: 'up' | 'doctor' }>,
  surroundings: Surroundings,
): Promise<number> {
  const { screen } = surroundings;
  const paint = paintFor(screen);
  const findings = await examineMachine();
  const width = Math.max(...findings.map(({ title }) => title.length));
  for (const { title, ok, sentence, hint } of findings) {
    const mark = ok === true ? paint('green', '✔') : ok === 'warn' ? paint('yellow', '!') : paint('red', '✘');
    screen.write(`${mark} ${title.padEnd(width)}  ${sentence}\n`);
    if (ok !== true && hint !== '') screen.write(`  ${' '.repeat(width)}  ${paint('dim', hint)}\n`);
  }
  if (args.config !== undefined) {
    const { system, scenarios } = await readConfig(args.config, surroundings);
    screen.write(
      `${paint('green', '✔')} ${'system file'.padEnd(width)}  ${system.file}: ${system.services.length} services, ${Object.keys(scenarios).length} scenarios\n`,
    );
  }
  return findings.some(({ ok }) => ok === false) ? exitStatus.fail : exitStatus.pass;
}
