/**
 * The server that is not the bottleneck: answers any GET with the same small JSON on several ports, and counts the requests.
 *
 * The count is what every contestant is judged by: none reports its own score. It is nginx where there is one (7 µs of CPU a request), or
 * else a process of our own.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import { temporaryFolder } from './ending.ts';
import { freePorts, untilListening } from './port.ts';

export const answerBody = '{"id":7,"title":"A trivial answer","tags":["a","b"]}';
export const countPath = '/_count';

export interface TrivialServer {
  readonly pid: number;
  readonly ports: readonly number[];
  /** For the notes of a bench. */
  readonly sentence: string;
  /** Requests answered so far. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

export async function startTrivialServer(core: number | null, portCount: number): Promise<TrivialServer> {
  const ports = await freePorts(portCount);
  const folder = temporaryFolder();
  const nginx = nginxVersion() !== null;
  const child = await startChild(
    'trivial server',
    core,
    nginx ? nginxCommand(folder.path, serverBlock(ports)) : ownCommand(ports),
  );
  await untilListening(ports[0] as number, () =>
    child.ended() ? `The trivial server did not start: ${child.output()}` : null,
  );
  return {
    pid: child.pid,
    ports,
    sentence: `Trivial server: ${nginx ? `nginx ${nginxVersion()}, one process, return 200` : 'a Node process (nginx is not there)'}, ${answerBody.length} bytes of JSON.`,
    requests: () => requestsOf(ports[0] as number),
    async stop() {
      await child.stop();
      folder.remove();
    },
  };
}

/** Null when there is no nginx. */
export function nginxVersion(): string | null {
  return /nginx\/(\S+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[1] ?? null;
}

/** An nginx of one process with its files in `folder`; `http` is put into the http block. */
export function nginxCommand(folder: string, http: string): string[] {
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
     events { worker_connections 8192; }
     http {
       access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
       ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
       ${http}
     }`,
  );
  return ['nginx', '-p', folder, '-c', file, '-e', 'stderr'];
}

function serverBlock(ports: readonly number[]): string {
  return `server {
    ${ports.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join(' ')}
    location / { default_type application/json; return 200 '${answerBody}'; }
    location = ${countPath} { stub_status; }
  }`;
}

function ownCommand(ports: readonly number[]): string[] {
  return [process.execPath, fileURLToPath(new URL('./trivial-main.ts', import.meta.url)), ...ports.map(String)];
}

/** nginx shows `accepts handled requests` and a line with the three numbers; our own process shows the same three. */
async function requestsOf(port: number): Promise<number> {
  const text = await (
    await fetch(`http://127.0.0.1:${port}${countPath}`, { signal: AbortSignal.timeout(5000) })
  ).text();
  const requests = /^\s*\d+ \d+ (\d+)\s*$/m.exec(text)?.[1];
  if (requests === undefined) throw new Error(`The trivial server does not count: ${text.slice(0, 200)}`);
  return Number(requests);
}
