/** The document that every page begins as, and the policy under which it runs. */

/** Scripts and styles of ours and nothing from elsewhere; no text becomes markup or script (Trusted Types); no frame around it. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** `base`: where the scripts and the style lie; `scripts`: those that every page needs. */
export function shellOf(base: string, scripts: readonly string[]): string {
  // Fetched together, not one after the import of the other.
  const ahead = scripts.map((name) => `<link rel="modulepreload" href="${base}/${name}">`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Releases</title>
<link rel="icon" href="${base}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${base}/style.css">
${ahead}
<script type="module" src="${base}/main.ts"></script>
</head>
<body>
<header><a class="brand" href="/">Releases</a></header>
<main id="content" aria-busy="true"><noscript><p>These pages need JavaScript. / Ces pages ont besoin de JavaScript.</p></noscript></main>
</body>
</html>
`;
}
