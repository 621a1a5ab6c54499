/** What sessions promise, on every engine that can be had here; the attacks are called so. */
import { attackCases } from './testing/attacks.ts';
import { interleavingCases } from './testing/interleavings.ts';
import { copyCases, lifeCases } from './testing/life.ts';
import { holdsEverywhere } from './testing/scene.ts';
import { userCases } from './testing/users.ts';

holdsEverywhere([...lifeCases, ...interleavingCases, ...userCases, ...copyCases, ...attackCases]);
