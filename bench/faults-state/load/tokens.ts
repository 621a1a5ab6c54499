/** Validations of tokens, all again and again, revoked ones too; and revocations, of single tokens and of logins by turns. */
import type { Tokens } from '@palier/kit/token';
import type { Outcome, Told } from './answers.ts';
import type { Call, Load } from './paced.ts';
import type { IssuedToken, TokensRole } from './role.ts';

export async function openTokensLoad(
  load: Load,
  valid: Tokens,
  { tokens, revokes, validationsPerSecond, revocationsPerSecond }: TokensRole,
): Promise<{ begin(): void; kept(): Told['kept'] }> {
  function validate(n: number): Call {
    const subject = n % tokens.length;
    const { accessToken, user, shard } = tokens[subject] as IssuedToken;
    const run = async (): Promise<Outcome> => ((await valid.validate(accessToken)).user === user ? 'good' : 'failed');
    return { act: 'validate', subject, shard, run };
  }

  function revoke(n: number): Call | undefined {
    const subject = revokes[n];
    if (subject === undefined) return undefined;
    const token = tokens[subject] as IssuedToken;
    const run = async (): Promise<Outcome> => {
      await (n % 2 === 0 ? valid.revokeToken(token) : valid.revokeFamily(token));
      return 'good';
    };
    return { act: 'revoke', subject, shard: token.shard, run };
  }

  // A replica that has run for a while: it has seen its users. One whose time is over by then is seen as well.
  for (const { accessToken } of tokens) await valid.validate(accessToken).catch(() => {});
  return {
    begin() {
      load.pace(validationsPerSecond, validate);
      load.pace(revocationsPerSecond, revoke);
    },
    kept: () => [],
  };
}
