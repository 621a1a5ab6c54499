/** Leaving without a failed request: a replica that is stopped answers what still comes, and sends its clients elsewhere. */
export { type Drain, drainServer } from './drain.ts';
