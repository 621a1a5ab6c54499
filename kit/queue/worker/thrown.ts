/** What handlers and checks throw, which may be anything: what is asked of it may throw, too, and must not take the worker with it. Pure. */

export function textOf(error: unknown): string {
  const text = answerOf(() => (error instanceof Error ? String(error.stack ?? error.message) : String(error)));
  return (text ?? 'something was thrown that has no text').replaceAll('\0', '');
}

/** Undefined: it threw. */
export function answerOf<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
