/** What can be set on tokens, and why it is as it is. */
import { optionChecks } from '../options.ts';
import type { Durable, WriteOptions } from '../state/index.ts';

export interface TokenOptions {
  /** Who signs (`iss`), as the services that share the keys know it: `https://login.example.org`. */
  readonly issuer: string;
  /** Whom the tokens are for (`aud`): a token for another audience is refused, although the same keys signed it. */
  readonly audience: string;
  /** More claims of an access token, asked for at each issue, so that a refreshed token tells today's roles. Default: none. */
  readonly claims?: (user: string) => ExtraClaims | Promise<ExtraClaims>;
  /**
   * How long an access token is good for, whole seconds. Default 600 000 (10 min): what a revocation must be remembered for, and how long
   * a token that leaked can be used where nobody asks for revocations.
   */
  readonly accessLifeMs?: number;
  /** The longest time from login to login. Default 30 days. */
  readonly refreshLifeMs?: number;
  /** A refresh token that was not used for so long is over. Default 7 days. */
  readonly refreshIdleMs?: number;
  /**
   * For so long after a rotation, the refresh token before it still gets the same successor: the second tab, or who lost the answer. Default
   * 30 000: a retry after a time-out of a mobile network. It delays the noticing of a theft by as much, and no longer.
   */
  readonly refreshGraceMs?: number;
  /** How far clocks may differ: for `nbf` and `iat` only. A token is never good at or after its `exp`. Default 5000. */
  readonly toleranceMs?: number;
  /**
   * How old a copy of what is revoked may be, whatever network and server do: within it every replica sees a revocation. Default 100; while all is
   * well it is seen within a few milliseconds.
   */
  readonly freshMs?: number;
  /**
   * What happens while the state does not answer. Default 0: nothing that cannot be checked is let in (PALIER_TOKEN_UNAVAILABLE). Above 0 a copy
   * that was true within that time is still used: users stay in during a failover, and a revocation of that time may be seen so much later.
   */
  readonly staleMs?: number;
  /**
   * Logins, refreshes and revocations are acknowledged only when so many replicas have them. Default none: a failover may lose the last
   * moments, and with them a revocation. What it costs stands in kit/state.
   */
  readonly durable?: Durable;
  /** How long a read of what is revoked may take. Default 500: a validation holds up a whole request. */
  readonly readTimeoutMs?: number;
  /** Characters of a token; a longer one is refused unread. Default 4096: what fits beside other headers in the 16 KiB that Node accepts. */
  readonly maxTokenChars?: number;
  /** Tokens remembered as verified. Default 50 000. */
  readonly maxVerified?: number;
  /** What they may take. Default 32 MiB. */
  readonly maxVerifiedBytes?: number;
  /** Users whose revocations are held as a copy. Default 50 000, at some 400 bytes. */
  readonly maxCopies?: number;
  /**
   * Signatures being checked or waiting for it; one more token is answered with PALIER_TOKEN_BUSY. Default 1000: what a core checks in a tenth of a
   * second. A flood of forged tokens costs processor, never the state.
   */
  readonly maxVerifying?: number;
  /** Logins of one user at once; beyond it the one that was refreshed longest ago ends. Default 100. */
  readonly maxFamilies?: number;
  /** Tokens and families of one user revoked singly, within `accessLifeMs`; one more revokes all of the user's. Default 100: about 4 KB. */
  readonly maxRevoked?: number;
}

export type ExtraClaims = Readonly<Record<string, unknown>>;

export interface CheckedTokenOptions extends Required<Omit<TokenOptions, 'durable'>> {
  /** Of the calls that `durable` is for. */
  readonly lasting: WriteOptions;
}

const { durably, wholes, wrong } = optionChecks('PALIER_TOKEN_OPTION');

export function checkedTokenOptions(options: TokenOptions): CheckedTokenOptions {
  const dayMs = 86_400_000;
  const checked: CheckedTokenOptions = {
    issuer: named('issuer', options.issuer),
    audience: named('audience', options.audience),
    claims: options.claims ?? (() => ({})),
    ...wholes(options, {
      accessLifeMs: [600_000, 1000, dayMs],
      refreshLifeMs: [30 * dayMs, 1000, 400 * dayMs],
      refreshIdleMs: [7 * dayMs, 1000, 400 * dayMs],
      refreshGraceMs: [30_000, 0, 300_000],
      toleranceMs: [5000, 0, 300_000],
      freshMs: [100, 5, 60_000],
      staleMs: [0, 0, 3_600_000],
      readTimeoutMs: [500, 1, 60_000],
      maxTokenChars: [4096, 256, 16_384],
      maxVerified: [50_000, 1, 10_000_000],
      maxVerifiedBytes: [32 * 1_048_576, 65_536, 2 ** 33],
      maxCopies: [50_000, 10, 5_000_000],
      maxVerifying: [1000, 1, 100_000],
      maxFamilies: [100, 1, 1000],
      maxRevoked: [100, 1, 1000],
    }),
    lasting: durably(options.durable),
  };
  if (checked.accessLifeMs % 1000 !== 0) throw wrong('accessLifeMs', checked.accessLifeMs, 'whole seconds');
  if (checked.refreshIdleMs > checked.refreshLifeMs && options.refreshIdleMs !== undefined) {
    throw wrong('refreshIdleMs', checked.refreshIdleMs, `at most refreshLifeMs (${checked.refreshLifeMs})`);
  }
  if (checked.staleMs !== 0 && checked.staleMs < checked.freshMs) {
    throw wrong('staleMs', checked.staleMs, `0, or at least freshMs (${checked.freshMs})`);
  }
  return checked;
}

function named(option: string, value: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 256) return value;
  throw wrong(option, String(value), 'a text of 1 to 256 characters');
}
