/** Rows of values, read and checked: what a step asks of them must be there. */
import type { DataFile, JsonValue, PlannedData, Scenario, StepFile } from '@palier/protocol';
import { loadError } from '../errors.ts';
import type { FileSource } from './files.ts';
import { planLimits } from './options.ts';
import { isUnmade, readNamed } from './steps.ts';

type Rows = PlannedData['rows'];

/** The rows of one `data` entry; none while its file has not been made. Throws `PALIER_LOAD_FILE`, `PALIER_LOAD_FILE_SIZE` and `PALIER_LOAD_DATA_SHAPE`. */
export function planData(data: DataFile, key: string, source: FileSource): PlannedData {
  const unmade = data.file !== undefined && isUnmade(data.file, source);
  const rows = data.rows ?? (unmade ? [] : rowsOf(data.file as string, `${key}.file`, source));
  return { pick: data.pick ?? 'each-user', rows };
}

/** Throws `PALIER_LOAD_DATA_COLUMN` when a step uses a column that no row has. */
export function checkColumns(scenario: Scenario, data: Readonly<Record<string, PlannedData>>): void {
  const columns = new Map(Object.entries(data).map(([name, { rows }]) => [name, columnsOf(rows)]));
  const check = (steps: readonly StepFile[], key: string): void => {
    for (const [index, step] of steps.entries()) {
      for (const name of namesIn(step)) {
        const [first = '', column = ''] = name.split('.');
        const known = columns.get(first);
        if (known === undefined || known.size === 0 || known.has(column)) continue;
        const list = [...known].join(', ');
        const facts = { key: `${key}.${index}`, placeholder: `{{${name}}}`, data: first, columns: list };
        throw loadError('PALIER_LOAD_DATA_COLUMN', facts);
      }
    }
  };
  check(scenario.start, `scenarios.${scenario.name}.start`);
  for (const task of scenario.tasks) check(task.steps, `scenarios.${scenario.name}.tasks.${task.name}.steps`);
}

function rowsOf(file: string, key: string, source: FileSource): Rows {
  const content = readNamed(file, key, source, planLimits.maxDataFileBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw loadError('PALIER_LOAD_DATA_SHAPE', { key, file, problem: 'no JSON' }, { cause: error });
  }
  const wrong = !Array.isArray(value)
    ? 'no array'
    : value.length === 0
      ? 'an empty array'
      : value.some((row) => row === null || typeof row !== 'object' || Array.isArray(row))
        ? 'an array with something else than objects'
        : undefined;
  if (wrong !== undefined) throw loadError('PALIER_LOAD_DATA_SHAPE', { key, file, problem: wrong });
  return value as Rows;
}

function columnsOf(rows: Rows): Set<string> {
  const columns = new Set<string>();
  for (const row of rows) for (const column in row as Record<string, JsonValue>) columns.add(column);
  return columns;
}

function namesIn(step: StepFile): string[] {
  return [...JSON.stringify(step).matchAll(/\{\{([^{}]*)\}\}/g)].map((match) => (match[1] as string).trim());
}
