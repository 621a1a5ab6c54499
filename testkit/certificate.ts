/** A certificate of one's own for a TLS server in a test, signed by nobody else: it is its own authority. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TemporaryFolder } from './folder.ts';
import { needs, type Program } from './program.ts';

/** Whether it can be made here: `describe('…', openssl().options, …)`. */
export function openssl(): Program {
  return needs('openssl', { debian: 'openssl' });
}

export interface TestCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** Where the certificate is, to be trusted by whoever is told to. */
  readonly file: string;
  readonly keyFile: string;
}

/** Good for two days. `names`: as in a subjectAltName, `DNS:…` or `IP:…`. */
export function makeCertificate(
  folder: TemporaryFolder,
  names: readonly string[] = ['DNS:localhost'],
): TestCertificate {
  const label = names.join('-').replace(/[^\w.-]/g, '-');
  const [keyFile, file] = [folder.file(`${label}.key`), folder.file(`${label}.crt`)];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=test', '-addext', `subjectAltName=${names.join(',')}`];
  execFileSync(openssl().path as string, ['req', ...made, ...named, '-keyout', keyFile, '-out', file], {
    stdio: 'ignore',
  });
  return { key: readFileSync(keyFile), cert: readFileSync(file), file, keyFile };
}
