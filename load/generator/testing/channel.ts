/** WebSockets in virtual time behind the channel port: each does what it is told, when it is told. For tests only. */
import type { VirtualTime } from '@palier/testkit/clock';
import type { Channel, ChannelEvents, ChannelRequest, OpenChannel } from '../client/channel.ts';

/** What a server does with a WebSocket: each after a while, counted from its opening or from what was sent. */
export type Behaviour = readonly {
  readonly afterMs: number;
  readonly event: 'open' | 'refuse' | 'message' | 'close' | 'break' | 'protocol';
  readonly text?: string;
}[];

export interface FakeChannels {
  readonly open: (time: VirtualTime) => OpenChannel;
  readonly asked: ChannelRequest[];
  readonly sent: { readonly text: string; readonly atMs: number }[];
  /** Those that neither side has closed. */
  readonly live: Set<Channel>;
}

export function fakeChannels(
  connected: (channel: number) => Behaviour,
  answer: (text: string, channel: number) => Behaviour = () => [],
): FakeChannels {
  const asked: ChannelRequest[] = [];
  const sent: { text: string; atMs: number }[] = [];
  const live = new Set<Channel>();
  const open =
    (time: VirtualTime): OpenChannel =>
    (request, _, events) => {
      const number = asked.push(request) - 1;
      const play = (behaviour: Behaviour): void => {
        for (const { afterMs, event, text = '' } of behaviour) {
          time.timers.after(afterMs, () => {
            if (live.has(channel)) happen(event, text, events, () => live.delete(channel));
          });
        }
      };
      const channel: Channel = {
        unsentBytes: 0,
        send(text) {
          sent.push({ text, atMs: time.clock.monotonicMs() });
          play(answer(text, number));
        },
        close: () => void live.delete(channel),
        destroy: () => void live.delete(channel),
      };
      live.add(channel);
      play(connected(number));
      return channel;
    };
  return { open, asked, sent, live };
}

function happen(event: Behaviour[number]['event'], text: string, events: ChannelEvents, end: () => void): void {
  if (event === 'open') events.opened();
  else if (event === 'message') events.message(Buffer.from(text));
  else {
    end();
    if (event === 'refuse') events.refused(Number(text));
    else if (event === 'close') events.ended(1001, text);
    else events.failed(Object.assign(new Error(text), { code: text }), event === 'protocol');
  }
}
