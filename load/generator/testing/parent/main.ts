/** A parent of a generator as a process of its own, to be killed in tests: plays the plan of its argument, writes the generator's pid. */
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '../../handle.ts';

const load = startGenerators(JSON.parse(process.argv[2] as string), {
  timers: systemTimers(),
  priority: false,
  onSecond: () => console.log(`playing in ${load.pids[0]}`),
});
