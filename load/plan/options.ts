/** What `planLoad` needs beside the scenario, and its bounds. */
import type { PlanFiles } from './files.ts';

export interface PlanOptions {
  /** Files in a scenario are relative to it; absolute. */
  readonly folder: string;
  /** What `{{dataDir}}` in a file's name stands for; null while the system has not made it: such files then count as empty. Default: null. */
  readonly dataFolder?: string | null;
  /** Where the load goes: `http://host:port/prefix`, or `https://…`. */
  readonly target: string;
  /** Whether any certificate of an https target is taken. Default: false. */
  readonly insecure?: boolean;
  /** The length of the holds is multiplied by it; above 0, at most 1. Ramps and think time never change. Default: 1. */
  readonly timeScale?: number;
  /** This plan's part when several generators play the scenario. Default: all of it. */
  readonly share?: { readonly index: number; readonly of: number };
  /** Reads the files that the scenario names. Default: the disk. */
  readonly files?: PlanFiles;
}

export const planLimits: {
  readonly maxDataFileBytes: number;
  readonly maxFormFileBytes: number;
  readonly maxShownMessageChars: number;
} = {
  // About 100 000 users with an address and a password each; it crosses to every generator as one message.
  maxDataFileBytes: 16 * 1024 * 1024,
  // Held once per step in every generator, a third longer on its way there.
  maxFormFileBytes: 64 * 1024 * 1024,
  // A route's name is a row of a table.
  maxShownMessageChars: 40,
};
