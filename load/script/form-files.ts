/** The files that forms of a scenario upload, each with one name in the script. */
import type { FormFile, PlannedPart, PlannedStep } from '@palier/protocol';
import type { Name } from './naming.ts';
import type { ScriptSource } from './options.ts';

export interface FormFiles {
  /** Name by path of the file. */
  readonly byPath: ReadonlyMap<string, string>;
  /** The name of what a part of a form holds; from then on it is in `byPath`. */
  readonly nameOf: (step: PlannedStep, part: PlannedPart) => string;
}

/** `wanted` makes a name of the file's own, such as `handbook`. */
export function formFiles(
  { plan, scenario, pathOf }: ScriptSource,
  name: Name,
  wanted: (stem: string) => string,
): FormFiles {
  const byPath = new Map<string, string>();
  const forms = new Map<PlannedStep, Readonly<Record<string, unknown>>>();
  plan.start.forEach((step, index) => forms.set(step, scenario.start[index]?.form ?? {}));
  plan.tasks.forEach((task, at) =>
    task.steps.forEach((step, index) => forms.set(step, scenario.tasks[at]?.steps[index]?.form ?? {})),
  );
  return {
    byPath,
    nameOf(step, part) {
      const form = forms.get(step) as Readonly<Record<string, FormFile>>;
      const { file } = form[part.name] as FormFile;
      const path = pathOf(file);
      const stem = file.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
      const known = byPath.get(path) ?? name(`file:${path}`, wanted(stem));
      byPath.set(path, known);
      return known;
    },
  };
}
