/** Logs in by the form of a page, as by hand: what is typed and the Enter key go through the browser's own input. */
import type { Timers } from '@palier/base/timers';
import type { PageLoginFile } from '@palier/protocol';
import type { PageOptions } from './options.ts';
import type { Tab } from './tab.ts';

type Patience = Pick<PageOptions, 'visitTimeoutMs' | 'pollMs'>;

/** Why it did not succeed, without a full stop; null: it did, the form is gone. */
export async function logIn(
  tab: Tab,
  target: string,
  { page, fill }: PageLoginFile,
  timers: Timers,
  options: Patience,
): Promise<string | null> {
  await tab.ask('Page.enable');
  // A tab in the background has no focus, and what is typed goes nowhere.
  await tab.ask('Emulation.setFocusEmulationEnabled', { enabled: true });
  await tab.ask('Page.navigate', { url: target + page });
  const selectors = Object.keys(fill);
  if (!(await becomesTrue(tab, allShown(selectors), timers, options))) {
    const shown = await Promise.all(selectors.map((one) => tab.evaluate(`${found(one)} !== null`)));
    return `the login at ${page} has no ${selectors.filter((_, i) => shown[i] !== true).join(', ')}`;
  }
  for (const [selector, text] of Object.entries(fill)) {
    await tab.evaluate(`{ const field = ${found(selector)}; field.focus(); field.select?.(); }`);
    await tab.ask('Input.insertText', { text });
  }
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
  await tab.ask('Input.dispatchKeyEvent', { type: 'keyDown', text: '\r', ...enter });
  await tab.ask('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
  const gone = await becomesTrue(tab, `${found(selectors[0] as string)} === null`, timers, options);
  return gone ? null : `the login at ${page} still asks, after ${options.visitTimeoutMs} ms`;
}

async function becomesTrue(
  tab: Tab,
  expression: string,
  timers: Timers,
  { visitTimeoutMs, pollMs }: Patience,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < visitTimeoutMs; waitedMs += pollMs) {
    await timers.sleep(pollMs);
    // Refused while one document gives way to the next.
    if ((await tab.evaluate(expression).catch(() => false)) === true) return true;
  }
  return false;
}

/** Whether the tab shows the form, whatever the address says. */
export async function isShown(tab: Tab, { fill }: PageLoginFile): Promise<boolean> {
  return (await tab.evaluate(allShown(Object.keys(fill)))) === true;
}

function allShown(selectors: readonly string[]): string {
  return selectors.map((one) => `${found(one)} !== null`).join(' && ');
}

/** `JSON.stringify` writes a text as JavaScript does. */
function found(selector: string): string {
  return `document.querySelector(${JSON.stringify(selector)})`;
}
