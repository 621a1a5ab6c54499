/** What stands at the top of a script: of what it is, how it is run, and what cannot be carried over. */
import { comment } from './naming.ts';
import { type ScriptSource, type ScriptTool, scriptLimits, toolNames } from './options.ts';

/** `mark` begins a comment; `run` is the command line. */
export function headerOf(
  tool: ScriptTool,
  { scenario, system, configName }: ScriptSource,
  notes: readonly string[],
  { mark, run }: { readonly mark: string; readonly run: string },
): string {
  const lines = [
    `Scenario "${scenario.name}" of ${system}, for ${toolNames[tool]}.`,
    ...(scenario.description === '' ? [] : [scenario.description]),
    '',
    `From ${configName}, by: palier export ${tool} ${scenario.name}`,
    `Run it with: ${run}`,
    '',
    `What ${toolNames[tool]} does otherwise than palier:`,
    ...notes.map((note) => `- ${note}`),
  ];
  return comment(mark, lines, scriptLimits.columns);
}
