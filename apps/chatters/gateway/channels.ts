/** The channels of a user, own and moderated, each with a button that captures its chat; and the button's answer. */
import type { FastifyInstance } from 'fastify';
import { inNameOf } from '../capture/desk.ts';
import { type Broadcaster, startCapture } from '../collections/start.ts';
import { chattersError } from '../errors.ts';
import { field, type GatewayDesk, type SignedIn, sendPage, userOf } from './desk.ts';
import { html } from '@palier/base/html';
import { page, wide } from './pages/layout.ts';

export function channelRoutes(app: FastifyInstance, desk: GatewayDesk): void {
  const channelsOf = async ({ id, login }: SignedIn): Promise<readonly Broadcaster[]> => {
    const moderated = await inNameOf(desk, id, (caller) => desk.twitch.moderatedChannels(caller));
    return [{ id, login }, ...moderated.filter((one) => one.id !== id)];
  };

  app.get('/channels', async (request, reply) => {
    const user = userOf(request);
    const rows = (await channelsOf(user)).map(
      ({ id, login }) => html`<tr><td>${login}</td><td>${id === user.id ? 'yours' : 'moderated'}</td>
<td><form method="post" action="/captures"><input type="hidden" name="broadcaster_id" value="${id}"><button aria-label="Capture ${login}">Capture</button></form></td></tr>`,
    );
    const table = html`<table><tr><th>Channel</th><th>Whose</th><th>Chat</th></tr>${rows}</table>`;
    const body = html`<p>Your own channel and those that you moderate. Capture one while it is live: who is in its chat is read then.</p>${wide('Channels', table)}`;
    return sendPage(reply, page({ title: 'Channels', login: user.login }, body));
  });

  app.post('/captures', async (request, reply) => {
    const user = userOf(request);
    const wanted = field(request.body, 'broadcaster_id');
    // The name is the list's, not the form's; so is the right.
    const channel = (await channelsOf(user)).find(({ id }) => id === wanted);
    if (channel === undefined) throw chattersError('TWITCH_FORBIDDEN', { reason: 'it is not one of your channels' });
    await startCapture({ ...desk, entropy: desk.around.entropy }, user.id, channel);
    return reply.redirect('/collections', 303);
  });
}
