/** What a queue must keep on every engine, as sentences that any test framework can run. */
import { doingCases } from './doing.ts';
import { keepingCases } from './keeping.ts';
import { lookingCases } from './looking.ts';
import { sharingCases } from './sharing.ts';
import type { QueueCase } from './subject.ts';

export type { Notes, QueueCase, QueueSubject } from './subject.ts';
export const queueConformance: readonly QueueCase[] = [
  ...doingCases,
  ...keepingCases,
  ...sharingCases,
  ...lookingCases,
];
