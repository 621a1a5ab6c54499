/** Our calls of somebody else's API, over all replicas within its limit. */
export { type Learned, learnedFrom, type UpstreamAnswer } from './learned.ts';
export { openUpstream, type TurnOptions, type Upstream, type UpstreamOptions } from './upstream.ts';
