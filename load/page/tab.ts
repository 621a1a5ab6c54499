/** A tab of the browser: spoken to by its own session. */
import type { BrowserEvent, Chromium } from './chromium.ts';

export interface Tab {
  // oxlint-disable-next-line typescript/no-explicit-any -- as the protocol has it, and read field by field
  ask(method: string, params?: object): Promise<any>;
  /** Hears its events until the returned function is called. */
  hear(listen: (event: BrowserEvent) => void): () => void;
  /** What the expression gives, as JSON; undefined while one document gives way to the next, and where it throws. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  evaluate(expression: string): Promise<any>;
  close(): Promise<void>;
}

/** In a context of its own (`Target.createBrowserContext`), which shares its cookies, storage and cache between its tabs. */
export async function openTab(chromium: Chromium, browserContextId: string): Promise<Tab> {
  const { targetId } = await chromium.ask('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await chromium.ask('Target.attachToTarget', { targetId, flatten: true });
  const ask: Tab['ask'] = (method, params = {}) => chromium.ask(method, params, sessionId);
  return {
    ask,
    hear: (listen) => chromium.hear(sessionId, listen),
    evaluate: async (expression) =>
      (await ask('Runtime.evaluate', { expression, returnByValue: true })).result?.value ?? undefined,
    async close() {
      await chromium.ask('Target.closeTarget', { targetId });
    },
  };
}
