/**
 * What one node of a Cluster says of all of them (`CLUSTER NODES`), as data. Pure.
 *
 * Each line is `id host:port@bus[,name] flags primary ping pong epoch link slot…`; a slot is `7`, `0-100`, or, of the node that was asked,
 * `[93->-id]` (going there) or `[93-<-id]` (coming from there): https://redis.io/docs/latest/commands/cluster-nodes/.
 */
import type { Node } from '../link-redis.ts';
import { slotCount } from './slots.ts';

export interface NodeLine extends Node {
  readonly id: string;
  readonly role: 'primary' | 'replica';
  /** Of a replica: whom it follows. */
  readonly primary: string | undefined;
  /** The others agree that it is gone, or it has no address. */
  readonly failed: boolean;
  /** The one who speaks has not finished meeting it. */
  readonly meeting: boolean;
  readonly epoch: number;
  readonly slots: readonly number[];
}

export interface Word {
  readonly self: NodeLine;
  readonly nodes: readonly NodeLine[];
  /** Of the one who speaks: slots that are going to another node, or coming from one, by slot. */
  readonly going: ReadonlyMap<number, string>;
  readonly coming: ReadonlyMap<number, string>;
}

/** Which slots the node that speaks has and keeps: those that are going elsewhere are not among them. */
export interface OwnSlots {
  readonly primary: boolean;
  /** Told apart by text: what it says is read again only when it says something else. */
  readonly text: string;
}

/** Of `CLUSTER NODES`, the line of the one who speaks; undefined: there is none. */
export function ownSlots(text: string): OwnSlots | undefined {
  const at = text.indexOf('myself,');
  if (at < 0) return undefined;
  const [flags = '', , , , , , ...places] = text.slice(at, `${text}\n`.indexOf('\n', at)).split(' ');
  return { primary: flags.split(',').includes('master'), text: places.join(' ') };
}

/** 1 for each slot that it keeps. */
export function keptSlots({ text }: OwnSlots): Uint8Array {
  const kept = new Uint8Array(slotCount);
  const places = text.split(' ');
  for (const place of places) for (const slot of slotsOf(place)) kept[slot] = 1;
  for (const place of places) {
    const going = /^\[(\d+)->-/.exec(place);
    if (going !== null) kept[Number(going[1])] = 0;
  }
  return kept;
}

/** Undefined: it is no such answer. An empty host is the one that was asked. */
export function wordOf(text: string, asked: Node): Word | undefined {
  const going = new Map<number, string>();
  const coming = new Map<number, string>();
  let self: NodeLine | undefined;
  const nodes: NodeLine[] = [];
  for (const line of text.split('\n')) {
    const [id, address, flags, primary, , , epoch, , ...places] = line.trim().split(' ');
    if (id === undefined || address === undefined || flags === undefined || epoch === undefined) continue;
    const flag = new Set(flags.split(','));
    const slots: number[] = [];
    for (const place of places) {
      const open = /^\[(\d+)-([<>])-(\w+)\]$/.exec(place);
      if (open !== null) (open[2] === '>' ? going : coming).set(Number(open[1]), open[3] as string);
      else slots.push(...slotsOf(place));
    }
    const node: NodeLine = {
      id,
      ...placeOf(address, asked),
      role: flag.has('master') ? 'primary' : 'replica',
      primary: primary === '-' ? undefined : primary,
      failed: flag.has('fail') || flag.has('noaddr'),
      meeting: flag.has('handshake'),
      epoch: Number(epoch),
      slots,
    };
    nodes.push(node);
    if (flag.has('myself')) self = node;
  }
  return self === undefined ? undefined : { self, nodes, going, coming };
}

function placeOf(address: string, asked: Node): Node {
  const plain = address.split(/[@,]/, 1)[0] as string;
  const colon = plain.lastIndexOf(':');
  return { host: plain.slice(0, colon) || asked.host, port: Number(plain.slice(colon + 1)) };
}

function slotsOf(place: string): readonly number[] {
  const [from = Number.NaN, to = from] = place.split('-').map(Number);
  if (!(Number.isInteger(from) && Number.isInteger(to)) || from < 0 || to >= slotCount) return [];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
