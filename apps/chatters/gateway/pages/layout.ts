/** The frame of every page, and the stylesheet: read without a script, on a phone, in the dark. */
import type { PalierError } from '@palier/base/error';
import { Html, html } from './html.ts';

export interface Frame {
  readonly title: string;
  /** Who is signed in. */
  readonly login?: string | undefined;
  /** The page is asked for again so often, while something is under way. */
  readonly againSeconds?: number | undefined;
}

export function page({ title, login, againSeconds }: Frame, body: Html): string {
  const again = againSeconds === undefined ? null : html`<meta http-equiv="refresh" content="${againSeconds}">`;
  const signedIn =
    login === undefined
      ? null
      : html`<nav><a href="/channels">Channels</a> <a href="/collections">Captures</a> <a href="/analysis">Analysis</a>
<form method="post" action="/auth/logout"><button class="quiet">Sign out ${login}</button></form></nav>`;
  const drawn = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}
<title>${title} · Chatters</title><link rel="stylesheet" href="/style.css"></head>
<body><header><b>Chatters</b>${signedIn}</header><main><h1>${title}</h1>${body}</main></body></html>`;
  return drawn.text;
}

export function faultPage(fault: PalierError): string {
  return page(
    { title: 'That did not work' },
    html`<p>${fault.message}</p><p>${fault.hint}</p><p><a href="/">Back</a></p>`,
  );
}

export const stylesheet = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 20%,transparent);--mark:#c2410c;--bar:#2563eb}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:0 1rem 3rem}
header,nav{display:flex;gap:1rem;align-items:center}header{justify-content:space-between;padding:1rem 0;border-bottom:1px solid var(--line)}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}form{display:inline}button{font:inherit;padding:.2rem .7rem;cursor:pointer}
.quiet{background:none;border:0;text-decoration:underline;color:inherit}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
progress{width:8rem}.failed{color:var(--mark)}svg{width:100%;height:auto}.bar{fill:var(--bar)}.marked{fill:var(--mark)}
svg text{font-size:10px;fill:currentColor}.scroll{overflow-x:auto}`;
