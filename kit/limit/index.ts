/** Limits that hold over all replicas: who may act, who may not, and since when it cannot be told. */
export type { Decision, LimitState } from './decision.ts';
export { openLimiter, type Limiter, type LimitId, type LimitIds, type TakeOptions } from './limiter.ts';
export type { LeasePolicy, LimiterOptions, LimitPolicy, WhenAway } from './options.ts';
export { type AddressedRequest, type ClientAddressOptions, clientAddresses } from './address/client.ts';
export { type ProxyHeader, readProxyHeader } from './address/proxy-protocol.ts';
export { type LimitAnswer, limitAnswer, limitFields } from './http/fields.ts';
export { limitExpress, limitFastify, limitRequests, type RequestLimits } from './http/requests.ts';
export * from './upstream/index.ts';
