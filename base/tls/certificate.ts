/** What a certificate that was not accepted is called. */

/**
 * X.509 verification as OpenSSL names it (X509_V_ERR_…, without the prefix; openssl-verification-options(1)), the codes that a server's
 * certificate can lead to. Node adds one of its own for a certificate that bears another name.
 */
const codes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** In words; null when the connection failed for another reason. */
export function certificateProblem(error: NodeJS.ErrnoException): string | null {
  if (!codes.has(error.code ?? '')) return null;
  // Behind a semicolon Node names options of its own.
  return `${error.message.split(';', 1)[0]}, ${error.code}`;
}
