/** Which node a call goes to: what standalone, Sentinel and Cluster do differently. */
import type { Node, RedisLink } from './link-redis.ts';

export interface Router {
  /** The link to the node that has the key now, or the one that is awaited. */
  linkFor(key: string): RedisLink;
  /** To all nodes that have keys; none while it is not known which these are. */
  links(): readonly RedisLink[];
  /** Of a key: 0 where there are no slots. */
  slotOf(key: string): number;
  /** The node that has the slot now, the same object while it stays the same; undefined when nobody is known to have it. */
  nodeOf(slot: number): Node | undefined;
  /**
   * The nodes that may take over from the primary, by `nodeName`, as of less than about a second ago; asked when one of its replicas seems
   * to be missing. Undefined: nobody can tell now. No such function: nobody chooses (one server), or the choice takes the most advanced one (Cluster).
   */
  eligible?(): ReadonlySet<string> | undefined;
  /**
   * A node turned a call away (`MOVED`, `ASK`, `READONLY`, `CLUSTERDOWN`…): learn from it, or ask again who has what. Answers the link that the call should be repeated on,
   * with `asking` when the node is to be told that it was sent; undefined when there is no other.
   */
  redirect(message: string, key: string): { readonly link: RedisLink; readonly asking: boolean } | undefined;
  /** Resolves when no node has anything under way: at the latest when the last deadline is over. */
  drained(): Promise<unknown>;
  close(): void;
}
