/** A scenario as the script that a person would have written for another tool. The same source gives the same bytes. */
import { writeK6 } from './k6/write.ts';
import { writeLocust } from './locust/write.ts';
import { notesOf } from './notes.ts';
import { type Script, type ScriptRows, type ScriptSource, type ScriptTool, scriptLimits } from './options.ts';

/** Pure: what the script reads when it runs (files, rows) is only named. */
export function writeScript(tool: ScriptTool, source: ScriptSource): Script {
  const notes = notesOf(tool, source);
  const beside: { name: string; text: string }[] = [];
  const rows = Object.entries(source.plan.data).map(([name, { rows: list }], index): ScriptRows => {
    const file = source.scenario.data[name]?.file;
    if (file !== undefined) return { name, path: source.pathOf(file), list: [] };
    if (list.length <= scriptLimits.maxInlineRows) return { name, path: null, list };
    const fileName = besideName(source.scriptName, name, index);
    beside.push({ name: fileName, text: `[\n${list.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n` });
    return { name, path: `./${fileName}`, list: [] };
  });
  const text = tool === 'k6' ? writeK6(source, notes, rows) : writeLocust(source, notes, rows);
  return { text, notes, beside };
}

/** `first.k6.js`, `user` → `first.k6.user.json`; a name that no file can have takes its place in the list for it. */
function besideName(scriptName: string, data: string, index: number): string {
  return `${scriptName.replace(/\.(js|py)$/, '')}.${/^[\w-]{1,60}$/.test(data) ? data : `rows-${index}`}.json`;
}
