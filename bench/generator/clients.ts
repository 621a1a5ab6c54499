/** The peers of the generator as commands: each keeps `connections` busy against a URL until it is ended, on one thread. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '../bench.ts';
import { artilleryProgram, autocannonFolder, peerPrograms } from '../process/peers.ts';

/** Longer than any run; the bench ends it. */
const enoughSeconds = 3600;
/** ab sets 32 bytes aside for each request that it may make. */
const abRequests = 3_000_000;

export interface PeerClient extends Contestant {
  /** It may put files into the folder. */
  command(connections: number, url: string, folder: string): string[];
}

const wrk: PeerClient = {
  ...peerPrograms.wrk,
  command: (connections, url) => ['wrk', '-t', '1', '-c', String(connections), '-d', `${enoughSeconds}s`, url],
};

const autocannon: PeerClient = {
  ...peerPrograms.autocannon,
  command: (connections, url) => [
    process.execPath,
    `${autocannonFolder}autocannon.js`,
    '--no-progress',
    '-c',
    String(connections),
    '-d',
    String(enoughSeconds),
    url,
  ],
};

const ab: PeerClient = {
  ...peerPrograms.ab,
  command: (connections, url) => [
    'ab',
    '-q',
    '-k',
    '-c',
    String(connections),
    '-t',
    String(enoughSeconds),
    '-n',
    String(abRequests),
    url,
  ],
};

/** Its quicker client, FastHttpUser; all users at once, without a pause. */
const locust: PeerClient = {
  ...peerPrograms.locust,
  command(connections, url, folder) {
    const file = join(folder, 'locustfile.py');
    writeFileSync(
      file,
      `from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    host = "${new URL(url).origin}"

    @task
    def get(self):
        self.client.get("/")
`,
    );
    const users = String(connections);
    return ['locust', '-f', file, '--headless', '--only-summary', '-u', users, '-r', users];
  },
};

/** Virtual users that each loop over one request, on as many kept connections. */
const artillery: PeerClient = {
  ...peerPrograms.artillery,
  command(connections, url, folder) {
    const file = join(folder, 'artillery.json');
    writeFileSync(
      file,
      JSON.stringify({
        config: {
          target: new URL(url).origin,
          // All arrive within the first second and stay.
          phases: [{ duration: 1, arrivalCount: connections }],
          http: { pool: connections },
        },
        scenarios: [{ flow: [{ loop: [{ get: { url: '/' } }], count: 1_000_000_000 }] }],
      }),
    );
    return [artilleryProgram, 'run', '--quiet', file];
  },
};

export const peerClients: readonly PeerClient[] = [wrk, autocannon, ab, locust, artillery];
