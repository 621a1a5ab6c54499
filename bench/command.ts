/** The command line of `npm run bench`: `[NAME] [--quick] [--json FILE] [--check]`; `npm run faults -- NAME` is the bench `faults-NAME`. Pure. */

export interface Command {
  /** Null: list the benches. */
  readonly name: string | null;
  readonly quick: boolean;
  readonly jsonFile: string | null;
  readonly check: boolean;
}

/** Throws an `Error` with one sentence when it is wrong. */
export function readCommand(words: readonly string[]): Command {
  if (words[0] !== 'faults') return readWords(words);
  const command = readWords(words.slice(1));
  return { ...command, name: command.name === null ? null : `faults-${command.name}` };
}

/** Those of that name: the one that is called so, or all that begin with it and a dash (`limit`: `limit-admission`, `limit-rate`). */
export function chosenOf<One extends { readonly name: string }>(name: string, all: readonly One[]): readonly One[] {
  const exact = all.find((one) => one.name === name);
  return exact === undefined ? all.filter((one) => one.name.startsWith(`${name}-`)) : [exact];
}

function readWords(words: readonly string[]): Command {
  let name: string | null = null;
  let quick = false;
  let jsonFile: string | null = null;
  let check = false;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--quick') quick = true;
    else if (word === '--check') check = true;
    else if (word === '--json') {
      jsonFile = rest.shift() ?? null;
      if (jsonFile === null || jsonFile.startsWith('--'))
        throw new Error('--json stands alone; it needs the name of a file.');
    } else if (word.startsWith('-')) {
      throw new Error(`${word} is no option of bench; there are --quick, --json FILE and --check.`);
    } else if (name !== null) {
      throw new Error(`Two benches were named (${name}, ${word}); one run measures one.`);
    } else name = word;
  }
  if (name === null && (quick || check || jsonFile !== null)) {
    throw new Error('No bench was named; the options need one: npm run bench -- NAME --quick.');
  }
  return { name, quick, jsonFile, check };
}
