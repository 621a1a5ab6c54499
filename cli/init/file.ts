/**
 * The system file that is proposed, with a word on why beside each choice. A pure function.
 */
import type { ServiceFile, SystemFile } from '@palier/protocol';
import { neededImages, wantedVariables } from './facts.ts';
import type { Folder } from './folder.ts';
import { serviceName, serviceOf, type Start } from './proposal.ts';
import { type Learned, learn, scenarioName } from './scenario.ts';
import { sourceRoutes } from './routes.ts';
import { textOf } from './text.ts';
import type { Trial } from './trial.ts';

export interface Proposal {
  readonly system: SystemFile;
  readonly text: string;
  readonly scenario: string;
  /** In one line what stands in it. */
  readonly says: string;
  /** What a reader must know besides. */
  readonly notes: readonly string[];
}

/** `trial`: null when the service was not started, or not seen to run. */
export function fileOf(found: Start, trial: Trial | null, folder: Folder): Proposal {
  const alone = trial?.alone ?? null;
  const start =
    alone === null ? found : { ...found, replicas: 1, ownState: `a second one did not run beside it (${alone})` };
  const learned = learn(trial?.templates ?? sourceRoutes(folder), trial?.answers ?? []);
  const bare = serviceOf(start);
  const service: ServiceFile = {
    ...(bare.services[serviceName] as ServiceFile),
    ...(learned.health === null ? {} : { health: learned.health }),
    ...(learned.metrics === null ? {} : { metrics: learned.metrics }),
    ...(learned.routes.length === 0 ? {} : { routes: learned.routes }),
  };
  const system: SystemFile = {
    name: bare.name,
    services: { [serviceName]: service },
    scenarios: { [scenarioName]: learned.scenario },
  };
  const tasks = Object.keys(learned.scenario.tasks).length;
  return {
    system,
    text: textOf(system, commentsOf(start, trial, learned, folder)),
    scenario: scenarioName,
    says: `the service ${serviceName} with ${start.replicas} replica${start.replicas === 1 ? '' : 's'}, the scenario ${scenarioName} with ${tasks} task${tasks === 1 ? '' : 's'}`,
    notes: [
      ...(alone === null ? [] : [`A second replica did not run beside the first: ${alone}`]),
      ...learned.left.slice(0, 5),
    ],
  };
}

function commentsOf(
  { candidate, ownState }: Start,
  trial: Trial | null,
  learned: Learned,
  folder: Folder,
): Record<string, string> {
  const service = `services.${serviceName}`;
  const scenario = `scenarios.${scenarioName}`;
  const variables = wantedVariables(folder);
  const images = neededImages(folder);
  const beside = [
    ...(variables.length > 0
      ? [
          `It wants variables (.env.example): ${variables.join(', ')}. Set them in env, or in the shell that runs palier.`,
        ]
      : []),
    ...(images.length > 0
      ? [`Its compose file has these beside it: ${images.join(', ')}. They must run before palier starts it.`]
      : []),
  ];
  const use =
    trial?.rssBytes === null || trial === null
      ? ''
      : ` One replica had ${Math.ceil(trial.rssBytes / 1024 / 1024)} MB when nobody was there.`;
  return {
    '': `Written by palier init. What each key means: the types of defineSystem.`,
    [`${service}.command`]: [
      `From ${candidate.from}. It must listen on 127.0.0.1 at the port in PORT.`,
      ...beside,
    ].join('\n'),
    [`${service}.prepare`]: 'Run once before the first replica.',
    [`${service}.health`]: 'Answered 2xx when it was asked: a replica gets requests while it does.',
    [`${service}.metrics`]: 'A Prometheus page: scenarios can have limits on what it shows.',
    [`${service}.routes`]:
      'Seen in the source or its OpenAPI document: requests are counted by these, not by each address.',
    [`${service}.replicas`]: [
      ownState === null
        ? 'Two, so that what does not bear a second one shows at once.'
        : `One: ${ownState}. Two or more once any replica can answer any request.`,
      `What one replica may use: allotment: { cpu: 1, memoryMb: 512 }. Then cpuPercent and memoryPercent can be limits, too.${use}`,
    ].join('\n'),
    [`${scenario}.thinkTime`]: 'People pause between two requests. Without a pause, thirty of them are thousands.',
    [`${scenario}.tasks`]:
      trial === null
        ? 'A guess: the service was not seen to run. Name the routes that matter, and how often each is asked.'
        : 'These answered when the service was started once. Weights are percent: change them to what your users do, and add what they write (POST …).',
    [`${scenario}.limits`]:
      learned.scenario.limits?.p95Ms === 200
        ? 'p95Ms: what people take for at once. Your promise to your users belongs here.'
        : 'p95Ms: four times the slowest answer when nobody else was there. Your promise to your users belongs here.',
  };
}
