/** Whether a page of another site sends a request in a user's name (cross-site request forgery), from what browsers say by themselves. */

/**
 * The site that a request comes from when it is not ours, as told; null: it is ours, or of a client that tells nothing and so is no browser.
 * For requests that change something; `ownHost` with its port, as users write it. A cookie with SameSite=Lax does not come with it either, but
 * another host of the same site would have that cookie.
 * [Fetch metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function foreignSite(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  ownHost: string | undefined,
): string | null {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? null : String(site);
  // Browsers from before 2023, and pages over HTTP without TLS, tell the origin alone.
  const origin = headers['origin'];
  if (origin === undefined) return null;
  return ownHost !== undefined && URL.parse(String(origin))?.host === ownHost ? null : String(origin);
}
