/**
 * Whether something was missed on a channel: the decision alone. Each message names the one before it by its stamp, and the engine knows the
 * stamp of the last one, so that a subscriber that comes back knows whether anything was published meanwhile. A stamp has a count and a time, so
 * that a server that lost its last moments does not give one out twice.
 */

export interface Chain {
  /** The stamp of the last message that was published, as far as is known here; undefined before the first subscription stands. */
  readonly last: string | undefined;
  /** A message has come since the connection stands: it has shown whether anything is missing, and the engine's stamp is older news. */
  readonly heard: boolean;
}

export type ChainEvent =
  /** The connection stands; what is published from now on comes. */
  | { readonly kind: 'subscribed' }
  /** What the engine, asked after that, knows as the last stamp; empty when nothing was published, or long ago. */
  | { readonly kind: 'known'; readonly stamp: string }
  | { readonly kind: 'message'; readonly before: string; readonly stamp: string };

export const unheard: Chain = { last: undefined, heard: false };

/** `gap`: something may have been missed before this; it is told before the message is handed over. */
export function nextChain(chain: Chain, event: ChainEvent): { readonly chain: Chain; readonly gap: boolean } {
  const { last, heard } = chain;
  switch (event.kind) {
    case 'subscribed':
      return { chain: { last, heard: false }, gap: false };
    case 'known':
      if (heard) return { chain, gap: false };
      return { chain: { last: event.stamp, heard: false }, gap: last !== undefined && last !== event.stamp };
    case 'message':
      return { chain: { last: event.stamp, heard: true }, gap: last !== undefined && last !== event.before };
  }
}
