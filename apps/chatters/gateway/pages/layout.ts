/** The frame of every page, and the stylesheet: read without a script, on a phone, in the dark. */
import type { PalierError } from '@palier/base/error';
import { type Html, html } from '@palier/base/html';

export interface Frame {
  readonly title: string;
  /** Who is signed in. */
  readonly login?: string | undefined;
  /** The page is asked for again so often, while something is under way. */
  readonly againSeconds?: number | undefined;
}

const places = [
  { path: '/channels', name: 'Channels' },
  { path: '/collections', name: 'Captures' },
  { path: '/analysis', name: 'Analysis' },
];

export function page({ title, login, againSeconds }: Frame, body: Html): string {
  const again = againSeconds === undefined ? null : html`<meta http-equiv="refresh" content="${againSeconds}">`;
  const links = places.map(({ path, name }) =>
    name === title ? html`<a href="${path}" aria-current="page">${name}</a>` : html`<a href="${path}">${name}</a>`,
  );
  const signedIn =
    login === undefined
      ? null
      : html`<nav aria-label="Pages">${links}
<form method="post" action="/auth/logout"><button class="quiet">Sign out ${login}</button></form></nav>`;
  const drawn = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}
<title>${title} · Chatters</title><link rel="stylesheet" href="/style.css"></head>
<body><header><b>Chatters</b>${signedIn}</header><main><h1>${title}</h1>${body}</main></body></html>`;
  return drawn.markup;
}

/** Whatever is wider than the screen is moved inside a box of its own, by keys, too. */
export function wide(name: string, inside: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${inside}</div>`;
}

/** Begins the sign-in again where that is what mends it: the first page would lead who is signed in back to the fault. */
const mendedBySignIn: ReadonlySet<string> = new Set(['TWITCH_CONSENT', 'SIGN_IN']);

export function faultPage(fault: PalierError): string {
  const way = mendedBySignIn.has(fault.code)
    ? html`<a href="/auth/login">Sign in with Twitch</a>`
    : html`<a href="/">Back to the first page</a>`;
  return page({ title: 'That did not work' }, html`<p>${fault.message}</p><p>${fault.hint}</p><p>${way}</p>`);
}

export const stylesheet = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 20%,transparent);--mark:light-dark(#c2410c,#fb923c);--bar:light-dark(#2563eb,#60a5fa)}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:0 1rem 3rem;background:Canvas;color:CanvasText}
header,nav{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center}header{justify-content:space-between;padding:1rem 0;border-bottom:1px solid var(--line)}
nav [aria-current]{font-weight:bold;text-decoration:none;color:inherit}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}form{display:inline}button{font:inherit;padding:.2rem .7rem;cursor:pointer}
.quiet{background:none;border:0;padding:0;text-decoration:underline;color:inherit}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{white-space:nowrap}
.when,.count{white-space:nowrap}.count{text-align:right;font-variant-numeric:tabular-nums}.some{min-width:20rem}
progress{width:8rem}.failed{color:var(--mark)}figure{margin:1rem 0}figcaption{font-size:.9rem}
svg{width:100%;height:auto}.bar{fill:var(--bar)}.marked{fill:var(--mark)}svg text{font-size:11px;fill:currentColor}
.scroll{overflow-x:auto}.names{columns:16rem;padding-left:1.2rem}summary{cursor:pointer}details{margin:.5rem 0}
@media(max-width:40rem){svg text{font-size:26px}svg text:not(:nth-of-type(3n+1)){display:none}.some{min-width:12rem}td,th{padding-right:.6rem}}`;
