/**
 * `palier export k6|locust`: scenarios as scripts of another load tool, with a note for whatever the tool cannot carry over.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { planLoad } from '@palier/load/plan';
import { requestsOf, type ScriptSource, type ScriptTool, writeScript } from '@palier/load/script';
import { type CheckedSystem, dataFolderOf, type Scenario } from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { chosenScenarios, readConfig } from './config.ts';
import { cliError } from './errors.ts';
import { writeWhole } from './output.ts';
import { paintFor } from './picture/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

const dataMark = '{{dataDir}}';

export async function exportScripts(
  args: Extract<Arguments, { command: 'export' }>,
  surroundings: Surroundings,
): Promise<number> {
  const { folder, screen } = surroundings;
  const config = await readConfig(args.config, surroundings);
  const scenarios = chosenScenarios(config, args.scenario === undefined ? [] : [args.scenario]);
  const intoFolder = args.out !== undefined && (await isFolder(args.out, folder));
  if (args.out !== undefined && !intoFolder && scenarios.length !== 1) {
    const problem = `--out names one file, and there are ${scenarios.length} scenarios`;
    throw cliError('PALIER_USAGE', { problem, expected: 'used with one SCENARIO, or with a folder: --out load/' });
  }
  const paint = paintFor(screen);
  for (const scenario of scenarios) {
    const own = fileNameOf(args.tool, scenario.name);
    const file = resolve(folder, ...(intoFolder ? [args.out as string, own] : [args.out ?? own]));
    const { text, notes, beside } = writeScript(args.tool, sourceOf(config, scenario, file));
    for (const { name, text: content } of beside) await writeWhole(join(dirname(file), name), content);
    await writeWhole(file, text);
    screen.write(`${paint('green', '✔')} ${[relative(folder, file), ...beside.map(({ name }) => name)].join(', ')}\n`);
    for (const note of notes) screen.write(`${paint('yellow', '!')} ${note}\n`);
  }
  return exitStatus.pass;
}

/** What ends with a slash need not be there yet. */
async function isFolder(out: string, folder: string): Promise<boolean> {
  if (out.endsWith('/') || out.endsWith(sep)) return true;
  return stat(resolve(folder, out)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** `first.k6.js`, `first_locust.py`: Locust imports its file, so the name has no second dot. */
function fileNameOf(tool: ScriptTool, scenario: string): string {
  const name = scenario.replace(/[^\w-]+/g, '_');
  return tool === 'k6' ? `${name}.k6.js` : `${name}_locust.py`;
}

function sourceOf({ system }: CheckedSystem, scenario: Scenario, file: string): ScriptSource {
  const port = system.services.find(({ name }) => name === scenario.service)?.http?.listenPort ?? 0;
  const baseUrl = port === 0 ? null : `http://127.0.0.1:${port}`;
  return {
    ...requestsOf(scenario, planLoad(scenario, { folder: system.folder, target: baseUrl ?? 'http://127.0.0.1:1' })),
    system: system.name,
    configName: basename(system.file),
    scriptName: basename(file),
    pathOf(named) {
      const path = named.startsWith(dataMark)
        ? join(dataFolderOf(system), named.slice(dataMark.length))
        : resolve(system.folder, named);
      const near = relative(dirname(file), path).split(sep).join('/');
      return isAbsolute(near) || near.startsWith('.') ? near : `./${near}`;
    },
    baseUrl,
  };
}
