/** What becomes of a job whose attempt failed, or whose worker was lost: pure. */
import { type BackoffOptions, backoffMs } from '@palier/base/backoff';
import type { Random } from '@palier/base/random';

export interface RetryRule {
  /** How often it may be begun in all, counted at the start; 1 is never again. */
  readonly attempts: number;
  readonly backoff: BackoffOptions;
}

/** For errors of one class: the first rule whose `when` says yes. What it leaves open is as the job's own. */
export interface ErrorRule extends Partial<RetryRule> {
  /** Whatever was thrown, which need not be an Error; a `when` that throws says no. */
  when(error: unknown): boolean;
}

export type FailureDecision =
  | { readonly event: 'again' }
  | { readonly event: 'againLater'; readonly delayMs: number }
  | { readonly event: 'giveUp'; readonly reason: string };

export interface FailedAttempt {
  /** Started so often, this one included, those that ended with their worker not. */
  readonly attempt: number;
  readonly error: unknown;
  /** What the error itself asks for. */
  readonly afterMs?: number;
}

export function decideFailure(
  { attempt, error, afterMs }: FailedAttempt,
  rule: RetryRule,
  classes: readonly ErrorRule[],
  random: Random,
): FailureDecision {
  const { attempts, backoff } = { ...rule, ...definedOf(ruleFor(classes, error)) };
  if (attempt >= attempts) return { event: 'giveUp', reason: attempts === 1 ? 'failed' : `failed ${attempt} times` };
  const delayMs = Math.round(afterMs ?? backoffMs(attempt - 1, backoff, random));
  return delayMs <= 0 ? { event: 'again' } : { event: 'againLater', delayMs };
}

/** The first that fits. A look into an error that is another than it seemed (`error.response.status`) is no answer. */
export function ruleFor(classes: readonly ErrorRule[], error: unknown): ErrorRule | undefined {
  return classes.find(({ when }) => {
    try {
      return when(error);
    } catch {
      return false;
    }
  });
}

/** `crashes`: with this one. From the first on it runs alone, so that the next one is its own. */
export function decideCrash(crashes: number, maxCrashes: number): 'crash' | 'condemn' {
  return crashes > maxCrashes ? 'condemn' : 'crash';
}

function definedOf(rule: ErrorRule | undefined): Partial<RetryRule> {
  return {
    ...(rule?.attempts === undefined ? {} : { attempts: rule.attempts }),
    ...(rule?.backoff === undefined ? {} : { backoff: rule.backoff }),
  };
}
