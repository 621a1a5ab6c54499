/** A certificate of one's own for a TLS server in a test, signed by nobody else. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';

export const openssl: ReturnType<typeof needs> = needs('openssl', { debian: 'openssl' });

export interface TestCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** Where the certificate is, to be trusted by whoever is told to. */
  readonly file: string;
}

/** For `localhost`, good for two days. */
export function makeCertificate(folder: TemporaryFolder): TestCertificate {
  const [key, file] = [folder.file('key.pem'), folder.file('cert.pem')];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(openssl.path as string, ['req', ...made, ...named, '-keyout', key, '-out', file], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(file), file };
}
