/**
 * The report in a real browser. Needs Chromium: `apt-get install chromium`; left out visibly where it is missing, required with CI=true.
 */
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it } from 'vitest';
import { renderLimitReport, renderReport } from './index.ts';
import { limitSamples } from './testing/limits.ts';
import { samples } from './testing/samples.ts';

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
);
const flags =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --dump-dom --virtual-time-budget=2000';

/** Writes into the page what went wrong in it and what can be seen of it, since only the page itself is read back. */
const probe = `<script>
const seen = { errors: [] };
addEventListener('error', (event) => seen.errors.push(String(event.message)));
addEventListener('securitypolicyviolation', (event) => seen.errors.push('refused ' + event.blockedURI));
addEventListener('load', () => {
  const area = (element) => element.getBoundingClientRect().width * element.getBoundingClientRect().height;
  const lines = [...document.querySelectorAll('path.line')];
  const plot = document.querySelector('.plot');
  plot.dispatchEvent(new PointerEvent('pointermove', { clientX: plot.getBoundingClientRect().left + 300, clientY: plot.getBoundingClientRect().top + 30 }));
  seen.verdict = document.querySelector('.verdict strong').innerText;
  seen.charts = [...document.querySelectorAll('.plot svg')].filter((svg) => area(svg) > 10000).length;
  seen.drawnLines = lines.filter((line) => line.getTotalLength() > 100).length;
  seen.lines = lines.length;
  seen.tip = document.querySelector('.tip:not([hidden])')?.innerText ?? '';
  seen.cut = [...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length;
  seen.tooWide = document.documentElement.scrollWidth - innerWidth;
  document.body.dataset.seen = JSON.stringify(seen);
});
</script>`;

interface Seen {
  readonly errors: readonly string[];
  readonly verdict: string;
  readonly charts: number;
  readonly lines: number;
  readonly drawnLines: number;
  readonly tip: string;
  readonly tooWide: number;
  /** Tables of which not all columns are seen. */
  readonly cut: number;
}

async function open(page: string, width: number): Promise<Seen> {
  await using folder = await temporaryFolder('report');
  const file = join(folder.path, 'report.html');
  await writeFile(file, page.replace('</title>', `</title>${probe}`));
  const own = [`--user-data-dir=${join(folder.path, 'profile')}`, `--window-size=${width},2000`, `file://${file}`];
  const { stdout } = await promisify(execFile)(chromium as string, [...flags.split(' '), ...own], {
    maxBuffer: 2 ** 26,
  });
  const data = /data-seen="([^"]*)"/.exec(stdout)?.[1];
  if (data === undefined) throw new Error('the page told nothing');
  return JSON.parse(data.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
}

it.runIf(process.env['CI'] === 'true')('Chromium is there, since CI=true (apt-get install chromium)', () => {
  expect(chromium).toBeDefined();
});

/**
 * Throughput and latency against load, and a line for each number of replicas in two more; the law over concurrency and its residuals; the law over replicas,
 * which three points fit exactly.
 */
const limitCharts = 7;

describe.skipIf(chromium === undefined)('the report in Chromium (apt-get install chromium)', () => {
  it.each([
    ['pass', 'Pass'],
    ['crash', 'Inconclusive'],
    ['fail', 'Fail'],
    ['invalid', 'Invalid'],
  ] as const)('shows verdict and charts of "%s" without a script error', async (name, verdict) => {
    const seen = await open(renderReport(samples[name]()), 1280);
    expect(seen.errors).toEqual([]);
    expect(seen.verdict).toBe(verdict);
    expect(seen.charts).toBeGreaterThanOrEqual(6);
    expect(seen.drawnLines).toBeGreaterThanOrEqual(8);
    expect(seen.tip).toMatch(/p50 [\d.]+ ms/);
    expect(seen.tooWide).toBeLessThanOrEqual(0);
  });

  it('needs no sideways scrolling on a narrow screen', async () => {
    const seen = await open(renderReport(samples.fail()), 500);
    expect(seen.errors).toEqual([]);
    expect(seen.tooWide).toBeLessThanOrEqual(0);
  });

  it.each([1280, 500])(
    'shows a limit with its curves, its law and no sideways scrolling at %i pixels',
    async (width) => {
      const seen = await open(renderLimitReport(limitSamples.found()), width);
      expect(seen.errors).toEqual([]);
      expect(seen.verdict).toMatch(/^\d+ requests\/s$/);
      expect(seen.charts).toBe(limitCharts);
      expect(seen.drawnLines).toBeGreaterThanOrEqual(6);
      expect(seen.tooWide).toBeLessThanOrEqual(0);
      // A narrow screen scrolls within a table.
      expect(width < 1280 || seen.cut === 0).toBe(true);
    },
  );
});
