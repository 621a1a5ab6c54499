/** The systems of the study: what is planted in each, at which strength, in which of two services, and what the right name is. */
import type { BottleneckKind, SystemFile } from '@palier/protocol';

export interface Planted {
  /** `pool of 5`. */
  readonly what: string;
  readonly make: 'node' | 'python';
  readonly strength: 'mild' | 'harsh';
  readonly system: SystemFile;
  /** Right names; null: a healthy system, of which nobody may be accused. */
  readonly right: { readonly kinds: readonly BottleneckKind[]; readonly component: string } | null;
}

type Service = SystemFile['services'][string];

interface Recipe {
  readonly what: string;
  readonly plant: string;
  /** Mild in the one service, harsh in the other. */
  readonly amounts: Readonly<Record<Planted['make'], readonly [number, number]>>;
  readonly kinds: readonly BottleneckKind[];
  readonly p95Ms: number;
  readonly component?: string;
  readonly cpu?: number;
  readonly thinkMs?: number;
}

const recipes: readonly Recipe[] = [
  { what: 'CPU loop', plant: 'cpu', amounts: { node: [8, 20], python: [8, 20] }, kinds: ['cpu'], p95Ms: 250, cpu: 0.4 },
  {
    what: 'synchronous crypto',
    plant: 'crypto',
    amounts: { node: [5, 15], python: [5, 15] },
    kinds: ['event-loop'],
    p95Ms: 350,
    cpu: 1.5,
  },
  { what: 'pool of 5', plant: 'pool', amounts: { node: [50, 150], python: [50, 150] }, kinds: ['pool'], p95Ms: 350 },
  { what: 'lock', plant: 'lock', amounts: { node: [12, 40], python: [12, 40] }, kinds: ['lock'], p95Ms: 200 },
  {
    what: 'slow disk',
    plant: 'disk',
    amounts: { node: [1024, 4096], python: [1024, 4096] },
    kinds: ['disk'],
    p95Ms: 200,
  },
  {
    what: 'balancer connections',
    plant: 'none',
    amounts: { node: [20, 20], python: [20, 20] },
    kinds: ['connections'],
    p95Ms: 200,
    component: 'balancer',
  },
  {
    what: 'descriptors',
    plant: 'fds',
    amounts: { node: [300, 300], python: [300, 300] },
    kinds: ['descriptors'],
    p95Ms: 900,
  },
  {
    what: 'memory, collector',
    plant: 'memory',
    amounts: { node: [60, 120], python: [30, 90] },
    kinds: ['garbage-collection', 'memory'],
    p95Ms: 400,
  },
  {
    what: 'slow downstream',
    plant: 'downstream',
    amounts: { node: [40, 120], python: [40, 120] },
    kinds: ['downstream'],
    p95Ms: 300,
    component: 'stock',
  },
  {
    what: 'keep-alive off',
    plant: 'close',
    amounts: { node: [0, 0], python: [0, 0] },
    kinds: ['connection-setup'],
    p95Ms: 150,
    cpu: 0.2,
  },
  {
    what: 'slow queue consumer',
    plant: 'queue',
    amounts: { node: [12, 40], python: [12, 40] },
    kinds: ['queue'],
    p95Ms: 250,
  },
  {
    what: 'rate limiter',
    plant: 'limiter',
    amounts: { node: [100, 30], python: [100, 30] },
    kinds: ['rate-limit'],
    p95Ms: 200,
  },
];

/** Mild in one service and harsh in the other: four of each kind would be more of the same in twice the time. */
export function plantedSystems(folder: string, interpreter: string): readonly Planted[] {
  const makes = ['node', 'python'] as const;
  const sick = recipes.flatMap((recipe, i) =>
    makes.map((make, j): Planted => {
      const strength = (i + j) % 2 === 0 ? 'mild' : 'harsh';
      const component = recipe.component ?? 'front';
      const system = systemOf(recipe, make, strength === 'mild' ? 0 : 1, { folder, interpreter });
      return { what: recipe.what, make, strength, system, right: { kinds: recipe.kinds, component } };
    }),
  );
  const healthy = makes.map((make): Planted => {
    const recipe: Recipe = {
      what: 'healthy',
      plant: 'none',
      amounts: { node: [10, 10], python: [10, 10] },
      kinds: [],
      p95Ms: 400,
    };
    return {
      what: 'healthy',
      make,
      strength: 'mild',
      system: systemOf(recipe, make, 0, { folder, interpreter }),
      right: null,
    };
  });
  return [...sick, ...healthy];
}

function systemOf(
  recipe: Recipe,
  make: Planted['make'],
  level: 0 | 1,
  { folder, interpreter }: { readonly folder: string; readonly interpreter: string },
): SystemFile {
  const commands = {
    node: [process.execPath, '--conditions=palier-source', `${import.meta.dirname}/shop-main.ts`],
    python: [interpreter, `${import.meta.dirname}/stall-main.py`],
  } as const;
  const { plant, amounts, cpu = 1, p95Ms, thinkMs = 300 } = recipe;
  const service = (of: Planted['make'], env: Record<string, string>): Service => ({
    command: commands[of],
    env: { FOLDER: folder, ...env },
    health: '/health',
    allotment: { cpu, memoryMb: 1024 },
    replicas: 1,
  });
  const front = service(make, { PLANT: plant, AMOUNT: String(amounts[make][level]) });
  const services: Record<string, Service> = { front: { ...front, metrics: '/metrics' } };
  if (plant === 'fds') {
    const limit = make === 'node' ? [64, 50] : [60, 30];
    services['front'] = {
      ...front,
      command: ['sh', '-c', `ulimit -n ${limit[level]}; exec "$@"`, 'sh', ...commands[make]],
    };
  }
  if (plant === 'downstream') {
    const other = make === 'node' ? 'python' : 'node';
    services['stock'] = service(other, { PLANT: 'few', AMOUNT: String(amounts[make][level]) });
    services['front'] = service(make, { PLANT: plant, BEHIND: '{{services.stock.url}}/' });
  }
  return {
    name: 'planted',
    services,
    ...(recipe.component === 'balancer' ? { balancer: { maxConnections: level === 0 ? 24 : 10 } } : {}),
    scenarios: {
      visits: {
        service: 'front',
        stages: [{ rampTo: 1, within: '1 s' }, { hold: '1 s' }],
        thinkTime: [`${thinkMs / 2} ms`, `${thinkMs * 1.5} ms`],
        tasks: { visit: { weight: 100, steps: [{ request: 'GET /' }] } },
        limits: { p95Ms, errorPercent: 1 },
      },
    },
  };
}
