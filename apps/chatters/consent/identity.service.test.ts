import { systemSurroundings } from '@palier/base/surroundings';
import { describe, expect, it } from 'vitest';
import { postJson, startHelix } from '../testing/running.ts';
import { openIdentity } from './identity.ts';

describe('openIdentity()', () => {
  it('exchanges a code once, renews until the consent is withdrawn, and says when Twitch is away', async () => {
    await using stack = new AsyncDisposableStack();
    const helix = await startHelix();
    stack.use(helix.process);
    const client = { clientId: 'simulated-client', clientSecret: 'simulated-secret', answerTimeoutMs: 2000 };
    const identity = openIdentity({ ...client, identityUrl: helix.url }, systemSurroundings());
    const back = 'http://127.0.0.1:1/auth/callback';
    const sent = await fetch(`${identity.consentUrl(back, 'state 1')}&as=moderator_1`, { redirect: 'manual' });
    const query = new URL(sent.headers.get('location') ?? '').searchParams;
    expect(query.get('state')).toBe('state 1');
    const code = query.get('code') ?? '';
    const tokens = await identity.exchange(code, back);
    expect(tokens.expiresAtMs).toBeGreaterThan(Date.now());
    expect(await identity.whose(tokens.access)).toEqual({ id: '9001', login: 'moderator_1' });
    await expect(identity.exchange(code, back)).rejects.toMatchObject({ code: 'TWITCH_CONSENT' });
    expect((await identity.renew(tokens.refresh)).access).not.toBe('');
    await postJson(`${helix.url}/director/withdraw`, { userId: '9001' });
    await expect(identity.renew(tokens.refresh)).rejects.toMatchObject({ code: 'TWITCH_CONSENT' });
    await expect(identity.whose(tokens.access)).rejects.toMatchObject({ code: 'TWITCH_CONSENT' });
    await helix.process.stop();
    await expect(identity.renew(tokens.refresh)).rejects.toMatchObject({ code: 'TWITCH_AWAY' });
    await identity.revoke(tokens.access);
  });
});
