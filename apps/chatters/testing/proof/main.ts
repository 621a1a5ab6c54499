/** `npm run proof -w @palier/app-chatters -- capture|scaling [--quick]`: what the application is believed to do, done and counted. */
import { capture, quickCapture, wholeCapture } from './capture-command.ts';
import { quickScaling, scaling, wholeScaling } from './scaling-command.ts';

const [what, ...words] = process.argv.slice(2);
const isQuick = words.length === 1 && words[0] === '--quick';
const known = words.length === 0 || isQuick;
if (what === 'capture' && known) process.exitCode = await capture(isQuick ? quickCapture : wholeCapture);
else if (what === 'scaling' && known) process.exitCode = await scaling(isQuick ? quickScaling : wholeScaling);
else {
  console.error('npm run proof -w @palier/app-chatters -- capture|scaling [--quick]');
  process.exitCode = 2;
}
