import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeTable } from './routes.ts';

const templates = [
  'GET /',
  'GET /api/releases',
  'GET /api/releases/:id',
  'GET /api/releases/latest',
  'POST /api/releases',
  'GET /api/:kind/count',
  'HEAD /api/releases/:id',
];
const table = routeTable(templates);

function find(method: string, target: string): string | undefined {
  const bytes = Buffer.from(`xx${target}yy`);
  return table.names[table.find(method, bytes, 2, bytes.length - 2)];
}

describe('routeTable()', () => {
  it.each([
    ['GET', '/', 'GET /'],
    ['GET', '/?a=/b', 'GET /'],
    ['GET', '/api/releases', 'GET /api/releases'],
    ['GET', '/api/releases?page=2', 'GET /api/releases'],
    ['GET', '/api/releases/17', 'GET /api/releases/:id'],
    ['GET', '/api/releases/latest', 'GET /api/releases/latest'],
    ['GET', '/api/releases/count', 'GET /api/releases/:id'],
    ['GET', '/api/rules/count', 'GET /api/:kind/count'],
    ['POST', '/api/releases', 'POST /api/releases'],
    ['HEAD', '/api/releases/17', 'HEAD /api/releases/:id'],
    ['HEAD', '/api/releases', 'GET /api/releases'],
    ['GET', '/api/releases/', 'other'],
    ['GET', '/api/releases/17/18', 'other'],
    ['GET', '/API/releases', 'other'],
    ['DELETE', '/api/releases', 'other'],
    ['OPTIONS', '*', 'other'],
    ['GET', '', 'other'],
  ])('%s %s belongs to %s', (method, target, route) => {
    expect(find(method, target)).toBe(route);
  });

  it('agrees with a regular expression for each template, the one with the first literal winning', () => {
    const part = fc.constantFrom('a', 'b', ':x');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const target = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 3 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 6 }), target, (paths, path) => {
        const small = routeTable(paths.map((one) => `GET ${one}`));
        const bytes = Buffer.from(path);
        const fitting = paths.filter((one) => new RegExp(`^${one.replaceAll(':x', '[^/]+')}$`).test(path));
        // ':' sorts below the letters; a literal must sort first.
        const [best] = fitting.toSorted((a, b) => (a.replaceAll(':x', '~') < b.replaceAll(':x', '~') ? -1 : 1));
        expect(small.names[small.find('GET', bytes, 0, bytes.length)]).toBe(
          best === undefined ? 'other' : `GET ${best}`,
        );
      }),
      { numRuns: 500 },
    );
  });
});
