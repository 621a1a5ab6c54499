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
  command: (connections, url, folder) =>
    locustCommand(connections, folder, 'locustfile.py', [
      'from locust import FastHttpUser, task',
      '',
      '',
      'class Visitor(FastHttpUser):',
      `    host = "${new URL(url).origin}"`,
      '',
      '    @task',
      '    def get(self):',
      '        self.client.get("/")',
    ]),
};

/** The same client with what ours has to do: three weighted tasks, a drawn value, checks on status, text and JSON. */
const locustTasks: PeerClient = {
  ...peerPrograms.locust,
  name: 'locust-tasks',
  command: (connections, url, folder) =>
    locustCommand(connections, folder, 'tasks.py', [
      'import random',
      'from locust import FastHttpUser, task',
      '',
      '',
      'class Visitor(FastHttpUser):',
      `    host = "${new URL(url).origin}"`,
      '',
      '    def ask(self, path, name, is_right):',
      '        with self.client.get(path, name=name, catch_response=True) as answer:',
      '            if answer.status_code != 200 or not is_right(answer):',
      '                answer.failure("another answer")',
      '',
      '    @task(60)',
      '    def list(self):',
      '        page = random.randint(1, 500)',
      '        self.ask(f"/items?page={page}", "GET /items", lambda answer: "trivial" in answer.text)',
      '',
      '    @task(30)',
      '    def open(self):',
      '        page = random.randint(1, 500)',
      '        is_right = lambda answer: (item := answer.json())["id"] == 7 and item["tags"][0] == "a"',
      '        self.ask(f"/items/{page}", "GET /items/:id", is_right)',
      '',
      '    @task(10)',
      '    def look(self):',
      '        self.ask("/", "GET /", lambda answer: True)',
    ]),
};

function locustCommand(connections: number, folder: string, name: string, lines: readonly string[]): string[] {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const users = String(connections);
  return ['locust', '-f', file, '--headless', '--only-summary', '-u', users, '-r', users];
}

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

export const peerClients: readonly PeerClient[] = [wrk, autocannon, ab, locust, locustTasks, artillery];
