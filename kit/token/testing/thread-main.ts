/** A process for tests: it has a thread that checks, asks it for so many checks more, says what came back, and has nothing else to do. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { systemTimers } from '@palier/base/timers';
import { Checks } from '../checks/checks.ts';
import type { CheckingKey } from '../checks/signature.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key: CheckingKey = { algorithm: 'EdDSA', key: publicKey };
const token = `head.payload.${sign(null, Buffer.from('head.payload'), privateKey).toString('base64url')}`;
const more = Number(process.argv[2]);
const timers = systemTimers();
const checks = new Checks({ clock: systemClock(), timers, log: silentLog });
checks.replaceKeys([key]);
while (checks.begun === 0) await checks.check(token, key);
while (!checks.threaded) await timers.sleep(5);
console.log('threaded');
// The thread alone has them now: the process waits for that, and then for nothing.
const answers = await Promise.all(Array.from({ length: more }, async () => checks.check(token, key)));
console.log(`signed: ${answers.filter(Boolean).length}`);
