/** What every page of the queues has: its frame, its style, and what tells the browser to run nothing and to load nothing. */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from '@palier/base/html';

export interface Frame {
  readonly title: string;
  /** Each with its address, those above this page. */
  readonly above: readonly { readonly name: string; readonly href: string }[];
  /** What was just done. */
  readonly told?: string | undefined;
  /** Null: the page stays as it is. Seconds until it is asked for again. */
  readonly againS: number | null;
  /** Of this page, to be asked for again by itself, or no more. */
  readonly againHref: string;
}

export function page({ title, above, told, againS, againHref }: Frame, body: Html): string {
  const again = againS === null ? null : html`<meta http-equiv="refresh" content="${againS}">`;
  const way = above.map(({ name, href }) => html`<a href="${href}">${name}</a> <span aria-hidden="true">›</span> `);
  const whole = [title, ...above.map(({ name }) => name).toReversed()].join(' · ');
  const watch = againS === null ? 'Look again every 5 s' : 'Stop looking again';
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}
<title>${whole}</title><style>${trusted(style)}</style></head>
<body><header><nav aria-label="Where you are">${way}<b aria-current="page">${title}</b></nav>
<a href="${againHref}">${watch}</a></header>
<main>${told === undefined ? null : html`<p role="status" class="told">${told}</p>`}${body}</main></body></html>`
    .markup;
}

/** Whatever is wider than the screen is moved inside a box of its own, by keys, too. */
export function wide(name: string, inside: Html): Html {
  return html`<div class="wide" role="region" aria-label="${name}" tabindex="0">${inside}</div>`;
}

const style = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 6%,transparent);--wrong:light-dark(#b42318,#ff8a7a);--link:light-dark(#1d4ed8,#8ab4ff)}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:0 1.2rem 3rem;background:Canvas;color:CanvasText}
header{display:flex;flex-wrap:wrap;gap:.3rem 2rem;justify-content:space-between;padding:.9rem 0;border-bottom:1px solid var(--line)}
a{color:var(--link)}a:focus-visible,button:focus-visible,.wide:focus-visible{outline:2px solid var(--link);outline-offset:2px}
h1{font-size:1.5rem;margin:1.2rem 0 .4rem}h2{font-size:1.1rem;margin:1.8rem 0 .4rem}
.line{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:baseline}form{margin:0}
button{font:inherit;padding:.25rem .9rem;border:1px solid var(--line);border-radius:.4rem;background:var(--soft);color:inherit;cursor:pointer}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{padding:.4rem 1.1rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap}.count{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.when{white-space:nowrap}.none{opacity:.55}
.states{display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:1rem 0;list-style:none}.states a{display:block;padding:.25rem .7rem;border:1px solid var(--line);border-radius:1rem;text-decoration:none;color:inherit}
.states [aria-current]{background:CanvasText;color:Canvas}.wrong{color:var(--wrong)}.why{max-width:34rem;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
pre{background:var(--soft);padding:.8rem 1rem;border-radius:.4rem;overflow:auto;max-height:24rem;white-space:pre-wrap;overflow-wrap:anywhere}
.told{padding:.5rem 1rem;border-left:4px solid var(--link);background:var(--soft)}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}`;

/** Nothing runs, nothing is loaded, nobody frames it, forms go to us. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer. */
export const guards: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  // With `no-referrer` browsers would not say where a form is from.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'accept',
};
