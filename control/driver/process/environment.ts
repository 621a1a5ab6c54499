/**
 * The environment of a replica: palier's own, then the service's with its templates filled in, then what palier tells it.
 */
import type { Service } from '@palier/protocol';
import { controlError } from '../../errors.ts';
import { runVariable } from '../keeper/message.ts';

export interface EnvironmentFacts {
  /** Palier's own. */
  readonly base: Readonly<Record<string, string>>;
  readonly service: Service;
  /** `api-1`, or `api-prepare-1`. */
  readonly replica: string;
  /** From 1; 0 for a preparation. */
  readonly number: number;
  readonly port: number | null;
  readonly dataDir: string;
  /** The balancer's address of each service with HTTP. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Throws PALIER_TEMPLATE_UNKNOWN. */
export function environmentOf(facts: EnvironmentFacts): Record<string, string> {
  const { service } = facts;
  const known = new Map<string, string>([
    ['dataDir', facts.dataDir],
    ['replica', String(facts.number)],
    ...Object.entries(facts.urls).map(([name, url]) => [`services.${name}.url`, url] as const),
  ]);
  const env: Record<string, string> = { ...facts.base };
  // A palier that runs inside a replica of another one must not mark its own with the other's name.
  delete env[runVariable];
  for (const [name, text] of Object.entries(service.env)) {
    env[name] = text.replace(/\{\{([^{}]*)\}\}/g, (template, inner: string) => {
      const value = known.get(inner.trim());
      if (value !== undefined) return value;
      const names = [...known.keys()].map((key) => `{{${key}}}`).join(', ');
      throw controlError('PALIER_TEMPLATE_UNKNOWN', { service: service.name, name, template, known: names });
    });
  }
  if (facts.port === null) delete env['PORT'];
  else env['PORT'] = String(facts.port);
  env['PALIER_SERVICE'] = service.name;
  env['PALIER_REPLICA'] = facts.replica;
  return env;
}
