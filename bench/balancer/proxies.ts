/**
 * The proxies, set alike: one process, three upstream servers, least connections, keep-alive upstream for every client connection, no
 * access log, `X-Forwarded-For` and `X-Forwarded-Proto` set on the way.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '../bench.ts';
import { nginxCommand, nginxVersion } from '../process/trivial-server.ts';

export interface PeerProxy extends Contestant {
  /** Keeps its files in `folder`. */
  command(folder: string, port: number, upstreamPorts: readonly number[]): string[];
}

/** What a run sends its requests to: a proxy that listens, or the server itself. */
export interface Standing {
  readonly port: number;
  /** Null: there is no proxy. */
  readonly pid: number | null;
  /** Why it can no longer be measured. */
  trouble(): string | null;
  stop(): Promise<void>;
}

/** More than the connections of any case. */
const idleUpstream = 256;

const nginx: PeerProxy = {
  name: 'nginx',
  role: 'peer',
  howToGet: 'Debian: apt-get install nginx',
  version: nginxVersion,
  command: (folder, port, upstreamPorts) =>
    nginxCommand(
      folder,
      `upstream replicas { least_conn; ${upstreamPorts.map((upstream) => `server 127.0.0.1:${upstream};`).join(' ')}
         keepalive ${idleUpstream}; keepalive_requests 1000000000; keepalive_timeout 300s; }
       server {
         listen 127.0.0.1:${port} backlog=4096;
         location / {
           proxy_pass http://replicas;
           proxy_http_version 1.1;
           proxy_set_header Connection "";
           proxy_set_header Host $http_host;
           proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
           proxy_set_header X-Forwarded-Proto $scheme;
         }
       }`,
    ),
};

const haproxy: PeerProxy = {
  name: 'HAProxy',
  role: 'peer',
  howToGet: 'Debian: apt-get install haproxy',
  version: () => /version (\d\S*)/.exec(spawnSync('haproxy', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? null,
  command(folder, port, upstreamPorts) {
    const file = join(folder, 'haproxy.cfg');
    const servers = upstreamPorts.map(
      (upstream, i) => `  server s${i} 127.0.0.1:${upstream} pool-max-conn ${idleUpstream}`,
    );
    const lines = [
      'global',
      '  nbthread 1',
      '  maxconn 8192',
      'defaults',
      '  mode http',
      '  timeout connect 5s',
      '  timeout client 300s',
      '  timeout server 300s',
      'frontend front',
      `  bind 127.0.0.1:${port} backlog 4096`,
      '  http-request set-header X-Forwarded-Proto http',
      '  default_backend replicas',
      'backend replicas',
      '  balance leastconn',
      '  option forwardfor',
      '  http-reuse always',
      ...servers,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return ['haproxy', '-db', '-f', file];
  },
};

export const peerProxies: readonly PeerProxy[] = [nginx, haproxy];
