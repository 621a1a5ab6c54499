/** Real engines of state for tests, on free loopback ports in temporary folders, always stopped. */
export { bound } from './bound.ts';
export { redisCall, type RedisAnswer } from './call.ts';
export { type ClusterNode, type RedisCluster, type RedisClusterOptions, startCluster } from './cluster.ts';
export { type RedisServer, type RedisServerOptions, redisServer, startRedis } from './redis.ts';
export { type SentinelSet, type SentinelSetOptions, startSentinels } from './sentinel.ts';
export type { DatabaseServer, DatabaseServerOptions } from './database.ts';
export { mariadbServer, startMariadb } from './mariadb.ts';
export { postgresServer, startPostgres } from './postgres.ts';
