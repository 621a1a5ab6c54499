/**
 * What a primary was asked while it was watched: calls by slot, from the lines of `MONITOR`. Pure. Of a line the command and its key are kept,
 * nothing else: the rest may be anybody's secret.
 *
 * A line is `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`; what a script does has `lua` in the place of the address and is part of the
 * script's call (https://redis.io/docs/latest/commands/monitor/).
 */
import calculateSlot from 'cluster-key-slot';

/** Where the first key of a command stands among its words, as the server's `COMMAND` says; 0: it has none, or it is not so simple. */
export type KeyPlaces = ReadonlyMap<string, number>;

export interface SlotSample {
  /** By slot, then by command. */
  readonly calls: Map<number, Map<string, number>>;
  /** By slot: how often somebody came. What one connection asks of a slot in a row is one visit. */
  readonly visits: Map<number, number>;
  /** By connection: the slot of its last call. */
  readonly last: Map<string, number>;
  /** A key of the slot, for who looks at it. */
  readonly keys: Map<number, string>;
  /** Calls that name no key, as far as we know. */
  keyless: number;
  lines: number;
}

/** Longer names are cut: they are only shown. */
const shownKeyChars = 120;
/** `EVALSHA sha count key …`: the count, then the first key. */
const countedKeys = new Set(['eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'fcall', 'fcall_ro']);

export function emptySample(): SlotSample {
  return { calls: new Map(), visits: new Map(), last: new Map(), keys: new Map(), keyless: 0, lines: 0 };
}

/** Counts one line. */
export function countLine(sample: SlotSample, line: string, places: KeyPlaces): void {
  const head = /^[\d.]+ \[\d+ ([^\]]*)\] /.exec(line);
  if (head === null || head[1] === 'lua') return;
  sample.lines++;
  const call = callOf(line, head[0].length, places);
  if (call.key === undefined) {
    sample.keyless++;
    return;
  }
  const slot = calculateSlot(call.key);
  const commands = sample.calls.get(slot) ?? new Map<string, number>();
  if (commands.size === 0) {
    sample.calls.set(slot, commands);
    sample.keys.set(slot, call.key.toString('utf8').slice(0, shownKeyChars));
  }
  commands.set(call.command, (commands.get(call.command) ?? 0) + 1);
  const from = head[1] as string;
  if (sample.last.get(from) !== slot) sample.visits.set(slot, (sample.visits.get(slot) ?? 0) + 1);
  sample.last.set(from, slot);
}

/** `{17}` of `token:{17}:…`: what chooses the slot (Redis Cluster specification, "Hash tags"); undefined when the whole key does. */
export function hashTag(key: string): string | undefined {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1];
}

/** Whether a call of it names a key that we find. */
export function isKeyed(command: string, places: KeyPlaces): boolean {
  return countedKeys.has(command) || (places.get(command) ?? 0) > 0;
}

function callOf(line: string, at: number, places: KeyPlaces): { command: string; key: Buffer | undefined } {
  const words = wordsOf(line, at);
  const command = (words.next().value ?? '').toLowerCase();
  const counted = countedKeys.has(command);
  const place = counted ? 3 : (places.get(command) ?? 0);
  if (place === 0) return { command, key: undefined };
  let word: string | undefined;
  for (let i = 1; i <= place; i++) {
    word = words.next().value;
    if (counted && i === 2 && !(Number(word) > 0)) return { command, key: undefined };
  }
  return { command, key: word === undefined ? undefined : bytesOf(word) };
}

/** The quoted words, still escaped, as far as they are asked for. */
function* wordsOf(line: string, from: number): Generator<string, undefined> {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    let end = at + 1;
    while (end < line.length && line[end] !== '"') end += line[end] === '\\' ? 2 : 1;
    yield line.slice(at + 1, end);
    at = end;
  }
  return undefined;
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8 };

/** As the server writes what cannot be printed: `\n`, `\"`, `\x00`. */
function bytesOf(word: string): Buffer {
  if (!word.includes('\\')) return Buffer.from(word, 'latin1');
  const bytes: number[] = [];
  for (let at = 0; at < word.length; at++) {
    if (word[at] !== '\\') {
      bytes.push(word.charCodeAt(at) & 0xff);
      continue;
    }
    const sign = word[++at] ?? '';
    if (sign === 'x') {
      bytes.push(Number.parseInt(word.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(escapes[sign] ?? sign.charCodeAt(0));
  }
  return Buffer.from(bytes);
}
