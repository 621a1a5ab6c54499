/**
 * What every report's file has around its contents: head, style, when it was made, the script of the charts.
 */
import { formatDuration } from '@palier/base/duration';
import type { RunReport } from '@palier/protocol';
import { hoverScript } from './chart/hover.ts';
import { type Html, html, prose, trusted } from './html.ts';
import { style } from './style.ts';

interface DocumentParts {
  /** Of the browser's window. */
  readonly title: string;
  /** `proof of shop`: stands above the heading. */
  readonly brand: string;
  readonly heading: Html;
  readonly report: Pick<RunReport, 'startedAt' | 'durationMs' | 'conditions'>;
  /** What a reader must know at once. */
  readonly remark: string | null;
  readonly overview: Html | null;
  readonly main: Html;
}

export function htmlDocument({ title, brand, heading, report, remark, overview, main }: DocumentParts): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title} – Palier</title>
<style>${trusted(style)}</style>
</head>
<body>
<header>
<p class="brand">Palier · ${brand}</p>
<h1>${heading}</h1>
<p class="when">${report.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')} · ${formatDuration(report.durationMs)}${remark === null ? null : html` · <b>${prose(remark)}</b>`}</p>
${overview}
</header>
<main>
${main}
</main>
<footer><p>Made by Palier ${report.conditions.palierVersion}. This file is complete: it opens without a network.</p></footer>
<script>${trusted(hoverScript)}</script>
</body>
</html>
`;
}
