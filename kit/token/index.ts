/** Access and refresh tokens that any replica issues, believes and revokes. */
export type { TokenAlgorithm } from './checks/signature.ts';
export type { AccessClaims } from './claims.ts';
export type { RefreshSecret } from './keys/refresh-token.ts';
export { generateTokenKey, type TokenKey } from './keys/token-keys.ts';
export type { ExtraClaims, TokenOptions } from './options.ts';
export {
  createTokens,
  type TokenCounts,
  type TokenPair,
  type Tokens,
  type TokenSecrets,
  type TokenSurroundings,
} from './tokens.ts';
