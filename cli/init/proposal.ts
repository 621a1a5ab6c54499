/**
 * From the facts of a folder, and what the service answered when it was started, to a system file: a pure function.
 */
import type { SystemFile } from '@palier/protocol';
import { commandOf, lineOf } from './command-line.ts';
import { ownStateOf } from './facts.ts';
import type { Candidate, Folder } from './folder.ts';
import { compiledCandidates } from './kind/compiled.ts';
import { dockerCandidates, procfileCandidates } from './kind/declared.ts';
import { nodeCandidates } from './kind/node.ts';
import { otherCandidates } from './kind/other.ts';
import { pythonCandidates } from './kind/python.ts';
import { initLimits } from './options.ts';

/** The only service's name. */
export const serviceName = 'web';

/** What is to be run, before anything is known of its answers. */
export interface Start {
  readonly name: string;
  readonly candidate: Candidate;
  readonly replicas: number;
  /** Why no more than one replica is proposed. */
  readonly ownState: string | null;
}

/** The ways to start what is in the folder, the likeliest first; none where nothing was found. */
export function startsOf(folder: Folder, words: readonly string[]): Start[] {
  const found = words.length > 0 ? [given(words)] : candidatesOf(folder);
  const ownState = ownStateOf(folder);
  return found
    .slice(0, initLimits.maxCandidates)
    .map((candidate) => ({ name: nameOf(folder.name), candidate, replicas: ownState === null ? 2 : 1, ownState }));
}

/** The same on its second try: a program that listened elsewhere is told its port by the option that most have. */
export function withPortOption({ candidate, ...rest }: Start): Start | null {
  const { command, from } = candidate;
  const line = typeof command === 'string' ? command : lineOf(command);
  if (line.includes('$PORT') || /[|&;<>]/.test(line)) return null;
  const asked = commandOf(`${line.replace(/^exec /, '')} ${/^npm run\b/.test(line) ? '-- ' : ''}--port "$PORT"`);
  return { ...rest, candidate: { ...candidate, command: asked, from: `${from}, told its port` } };
}

/** Without a scenario: enough to run it. */
export function serviceOf({ name, candidate, replicas }: Start): SystemFile {
  const { command, prepare, env } = candidate;
  return {
    name,
    services: {
      [serviceName]: {
        command,
        ...(prepare.length === 0 ? {} : { prepare }),
        ...(Object.keys(env).length === 0 ? {} : { env }),
        replicas,
      },
    },
  };
}

/** What the folder declares comes first, then the code, then how it is put into a container. */
function candidatesOf(folder: Folder): Candidate[] {
  const all = [
    ...procfileCandidates(folder),
    ...nodeCandidates(folder),
    ...pythonCandidates(folder),
    ...compiledCandidates(folder),
    ...dockerCandidates(folder),
    ...otherCandidates(folder),
  ];
  const seen = new Set<string>();
  return all.filter(({ command }) => {
    const key = JSON.stringify(command);
    return !seen.has(key) && seen.add(key);
  });
}

function given(words: readonly string[]): Candidate {
  const line = words.length === 1 ? (words[0] as string) : null;
  const command =
    line !== null ? commandOf(line) : words.some((word) => word.includes('$PORT')) ? `exec ${lineOf(words)}` : words;
  return { command: command as Candidate['command'], prepare: [], env: {}, from: 'the command line' };
}

/** As the system file wants names: lower-case letters, digits, dashes, a letter first, at most 40. */
function nameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return plain === '' ? 'service' : plain;
}
