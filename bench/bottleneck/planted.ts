/** The systems of the study: what is planted in each, at which strength, in which of two services, and what the right name is. */
import type { Random } from '@palier/base/random';
import type { BottleneckKind, SystemFile } from '@palier/protocol';
import { healthy, idle, type Make, makes, type Recipe, recipes } from './recipes.ts';

export interface Planted {
  /** `pool of 5`. */
  readonly what: string;
  readonly make: Make;
  /** `mild`, `harsh`, or the amount that was drawn. */
  readonly strength: string;
  readonly system: SystemFile;
  /** Right names; null: a healthy system, of which nobody may be accused. */
  readonly right: { readonly kinds: readonly BottleneckKind[]; readonly component: string } | null;
  /** The load that a healthy system carries well; null: the limit is looked for. */
  readonly healthyLevel: number | null;
  /** Full by design and yet idle: not one of the twelve. */
  readonly isIdle: boolean;
}

interface Place {
  readonly folder: string;
  readonly interpreter: string;
}

type Service = SystemFile['services'][string];

/** Mild in one service and harsh in the other: four of each kind would be more of the same in twice the time. */
export function plantedSystems(place: Place): readonly Planted[] {
  const sick = recipes.flatMap((recipe, i) =>
    makes.map((make, j): Planted => {
      const isMild = (i + j) % 2 === 0;
      const amount = recipe.amounts[make][isMild ? 0 : 1];
      return plantedOf(recipe, make, { amount, strength: isMild ? 'mild' : 'harsh' }, place);
    }),
  );
  const others = [...idle, ...healthy].map((recipe, i) => {
    const make = makes[i % 2] as Make;
    return plantedOf(recipe, make, { amount: recipe.amounts[make][0], strength: 'as it is' }, place);
  });
  return [...sick, ...others];
}

/** Strengths that nobody looked at while the rules were written: between the two of each kind, in a service that is drawn too. */
export function drawnSystems(place: Place, random: Random): readonly Planted[] {
  return recipes.map((recipe) => {
    const make = makes[Math.floor(random.next() * 2)] as Make;
    const [least, most] = recipe.amounts[make];
    const amount = Math.round(least * (most / Math.max(1e-9, least)) ** random.next());
    return plantedOf(recipe, make, { amount, strength: `drawn: ${amount}` }, place);
  });
}

function plantedOf(
  recipe: Recipe,
  make: Make,
  { amount, strength }: { readonly amount: number; readonly strength: string },
  place: Place,
): Planted {
  const { what, kinds, component = 'front', healthyLevel = null } = recipe;
  const right = healthyLevel === null ? { kinds, component } : null;
  const system = systemOf(recipe, make, amount, place);
  return { what, make, strength, system, right, healthyLevel, isIdle: idle.includes(recipe) };
}

function systemOf(recipe: Recipe, make: Make, amount: number, { folder, interpreter }: Place): SystemFile {
  const commands = {
    node: [process.execPath, '--conditions=palier-source', `${import.meta.dirname}/shop-main.ts`],
    python: [interpreter, `${import.meta.dirname}/stall-main.py`],
  } as const;
  const { plant, p95Ms } = recipe;
  const cpu = plant === 'close' ? amount / 100 : recipe.cpu === undefined ? 1 : recipe.cpu;
  const service = (of: Make, env: Record<string, string>): Service => ({
    command: commands[of],
    env: { FOLDER: folder, ...env },
    health: '/health',
    ...(cpu === null ? {} : { allotment: { cpu, memoryMb: 1024 } }),
    replicas: 1,
  });
  // The limit on descriptors is the shell's; what holds them is how long a request takes.
  const front = service(make, { PLANT: plant, AMOUNT: plant === 'fds' ? '300' : String(amount) });
  const services: Record<string, Service> = { front: { ...front, metrics: '/metrics' } };
  if (plant === 'fds') {
    services['front'] = { ...front, command: ['sh', '-c', `ulimit -n ${amount}; exec "$@"`, 'sh', ...commands[make]] };
  }
  if (plant === 'downstream') {
    const other = make === 'node' ? 'python' : 'node';
    services['stock'] = service(other, { PLANT: 'few', AMOUNT: String(amount) });
    services['front'] = service(make, { PLANT: plant, BEHIND: '{{services.stock.url}}/' });
  }
  return {
    name: 'planted',
    services,
    ...(recipe.component === 'balancer' ? { balancer: { maxConnections: amount } } : {}),
    scenarios: {
      visits: {
        service: 'front',
        stages: [{ rampTo: 1, within: '1 s' }, { hold: '1 s' }],
        thinkTime: ['150 ms', '450 ms'],
        tasks: { visit: { weight: 100, steps: [{ request: 'GET /' }] } },
        limits: { p95Ms, errorPercent: 1 },
      },
    },
  };
}
