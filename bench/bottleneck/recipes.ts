/** What can be planted: twelve bottlenecks, services that are idle and yet full, and healthy ones under a load that they carry. */
import type { BottleneckKind } from '@palier/protocol';

/** The two services: node:http, and Python's asyncio. */
export const makes = ['node', 'python'] as const;
export type Make = (typeof makes)[number];

export interface Recipe {
  readonly what: string;
  /** What the service of `shop-main.ts` or `stall-main.py` is told to lack. */
  readonly plant: string;
  /** Mild and harsh. */
  readonly amounts: Readonly<Record<Make, readonly [number, number]>>;
  readonly kinds: readonly BottleneckKind[];
  readonly p95Ms: number;
  /** Default: `front`. */
  readonly component?: string;
  /** Cores of its allotment; default 1; null: none stated. */
  readonly cpu?: number | null;
  /** Of a healthy one: the users that it serves well. */
  readonly healthyLevel?: number;
}

const both = (mild: number, harsh: number): Recipe['amounts'] => ({ node: [mild, harsh], python: [mild, harsh] });

export const recipes: readonly Recipe[] = [
  { what: 'CPU loop', plant: 'cpu', amounts: both(8, 20), kinds: ['cpu'], p95Ms: 250, cpu: 0.4 },
  // With more than one core allotted it is the one thread that is full, not the allotment.
  { what: 'synchronous crypto', plant: 'crypto', amounts: both(5, 15), kinds: ['event-loop'], p95Ms: 350, cpu: 1.5 },
  { what: 'pool of 5', plant: 'pool', amounts: both(50, 150), kinds: ['pool'], p95Ms: 350 },
  { what: 'lock', plant: 'lock', amounts: both(12, 40), kinds: ['lock'], p95Ms: 200 },
  // Blocks that must be on the disk, one after the other, before the answer.
  { what: 'slow disk', plant: 'disk', amounts: both(4, 16), kinds: ['disk'], p95Ms: 300 },
  {
    what: 'balancer connections',
    plant: 'none',
    amounts: both(24, 10),
    kinds: ['connections'],
    p95Ms: 200,
    component: 'balancer',
  },
  {
    what: 'descriptors',
    plant: 'fds',
    amounts: { node: [64, 50], python: [60, 30] },
    kinds: ['descriptors'],
    p95Ms: 900,
  },
  {
    what: 'memory and collector',
    plant: 'memory',
    amounts: { node: [30, 60], python: [30, 90] },
    kinds: ['garbage-collection', 'memory'],
    p95Ms: 400,
  },
  {
    what: 'slow downstream',
    plant: 'downstream',
    amounts: both(40, 120),
    kinds: ['downstream'],
    p95Ms: 300,
    component: 'stock',
  },
  // Hundredths of a core: there is little else to do than to connect.
  { what: 'keep-alive off', plant: 'close', amounts: both(25, 15), kinds: ['connection-setup'], p95Ms: 150 },
  { what: 'slow queue consumer', plant: 'queue', amounts: both(12, 40), kinds: ['queue'], p95Ms: 250 },
  { what: 'rate limiter', plant: 'limiter', amounts: both(100, 30), kinds: ['rate-limit'], p95Ms: 200 },
];

/** They wait for timers: full by design while nothing is used, and with no allotment to measure it by. */
export const idle: readonly Recipe[] = [
  { what: 'idle, four at a time', plant: 'slots', amounts: both(40, 40), kinds: ['pool'], p95Ms: 200, cpu: null },
  { what: 'idle, four at a time', plant: 'slots', amounts: both(80, 80), kinds: ['pool'], p95Ms: 400, cpu: null },
];

/** Loads of a third to two thirds of what they can carry. */
export const healthy: readonly Recipe[] = [
  { what: 'healthy, computes', plant: 'cpu', amounts: both(4, 4), kinds: [], p95Ms: 400, healthyLevel: 40, cpu: 1 },
  { what: 'healthy, computes', plant: 'cpu', amounts: both(4, 4), kinds: [], p95Ms: 400, healthyLevel: 32, cpu: 1 },
  { what: 'healthy, pool', plant: 'pool', amounts: both(50, 50), kinds: [], p95Ms: 400, healthyLevel: 16, cpu: 1 },
  { what: 'healthy, lock', plant: 'lock', amounts: both(12, 12), kinds: [], p95Ms: 400, healthyLevel: 8, cpu: 1 },
  {
    what: 'healthy, calls',
    plant: 'downstream',
    amounts: both(40, 40),
    kinds: [],
    p95Ms: 400,
    healthyLevel: 8,
    cpu: 1,
  },
  { what: 'healthy, queue', plant: 'queue', amounts: both(12, 12), kinds: [], p95Ms: 400, healthyLevel: 8, cpu: 1 },
];
