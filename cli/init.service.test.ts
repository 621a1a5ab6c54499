import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { describe, expect, it } from 'vitest';
import { runPalier, startPalier } from './testing/palier.ts';

/** Writes what it is asked to `asked.txt`. It takes its port from PORT, or where `port` says so only from `--port`. */
function nodeServer(port: string): string {
  return `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const pages = {
  '/': ['text/html', '<a href="/things">things</a> <a href=/logout>bye</a> <a href="https://example.org/far">far</a>'],
  '/things': ['application/json', '{"things":[{"id":7}]}'],
  '/things/7': ['application/json', '{"id":7}'],
  '/healthz': ['text/plain', 'ok'],
  '/metrics': ['text/plain', '# HELP up Whether it is.\\nup 1\\n'],
  '/mine': ['text/plain', ''],
};
// As a framework would be told: app.get('/things/:id'), app.get('/mine'), app.get('/gone')
appendFileSync('asked.txt', 'started\\n');
createServer(({ method, url }, response) => {
  appendFileSync('asked.txt', method + ' ' + url + '\\n');
  const [type, body] = pages[url] ?? ['text/plain', 'nothing'];
  const status = url === '/mine' ? 401 : pages[url] === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': type }).end(body);
}).listen(${port}, '127.0.0.1');
process.on('SIGTERM', () => process.exit());
`;
}

const pythonServer = `
import http.server, os
class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pages = {"/openapi.json": '{"openapi":"3.1.0","paths":{"/api/v1/books":{"get":{}},"/api/v1/books/{id}":{"get":{"parameters":[{"in":"path","name":"id","schema":{"default":3}}]}},"/api/v1/orders":{"post":{}}}}',
                 "/api/v1/books": "[]", "/api/v1/books/3": "{}"}
        body = pages.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
`;

async function put(folder: TemporaryFolder, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(folder.file(name), text);
}

const nodeFiles = {
  'package.json': '{ "name": "@shops/corner", "type": "module", "scripts": { "start": "node server.js" } }',
  'server.js': nodeServer('Number(process.env.PORT)'),
};

describe('palier init', () => {
  it('writes for a service in Node what it answers, and the file runs', async () => {
    await using folder = await temporaryFolder('init');
    await put(folder, nodeFiles);
    const { status, text } = await runPalier(folder, 'init');
    expect({ status, text }).toMatchObject({ status: 0 });
    expect(text).toContain('GET /mine answered 401');
    const written = await readFile(folder.file('palier.config.ts'), 'utf8');
    expect(written).toContain("name: 'corner'");
    expect(written).toContain("command: ['node', 'server.js']");
    expect(written).toContain("health: '/healthz'");
    expect(written).toContain("metrics: '/metrics'");
    expect(written).toContain("routes: ['GET /things/:id']");
    const asked = [...written.matchAll(/request: '(GET [^']+)'/g)].map((match) => match[1]);
    expect(asked).toEqual(['GET /', 'GET /things', 'GET /things/7']);
    await using palier = await startPalier(folder, 'up');
    await palier.line(/running; Ctrl-C stops it/, 60_000);
  });

  it('asks a service only to read, nothing that ends something, and nobody else', async () => {
    await using folder = await temporaryFolder('init');
    await put(folder, nodeFiles);
    await runPalier(folder, 'init');
    const asked = (await readFile(folder.file('asked.txt'), 'utf8')).split('\n');
    expect(asked).toContain('GET /things/7');
    expect(asked.filter((line) => /logout|far/.test(line))).toEqual([]);
    expect(asked.filter((line) => !/^(GET \/.*|started|)$/.test(line))).toEqual([]);
  });

  it('writes for a service in Python what its OpenAPI document names', async () => {
    await using folder = await temporaryFolder('init');
    await put(folder, { 'shop.py': pythonServer });
    const { status, text } = await runPalier(folder, 'init');
    expect({ status, text }).toMatchObject({ status: 0 });
    const written = await readFile(folder.file('palier.config.ts'), 'utf8');
    expect(written).toContain("command: ['python3', 'shop.py']");
    const asked = [...written.matchAll(/request: '(GET [^']+)'/g)].map((match) => match[1]);
    expect(asked).toEqual(['GET /api/v1/books', 'GET /api/v1/books/3']);
  });

  it('tells its port to a program in a container file that listened elsewhere', async () => {
    await using folder = await temporaryFolder('init');
    const elsewhere = await freePort();
    const port = `Number(process.argv[process.argv.indexOf('--port') + 1]) || ${elsewhere}`;
    await put(folder, { Dockerfile: 'FROM node:24\nCMD ["node", "serve.mjs"]\n', 'serve.mjs': nodeServer(port) });
    const { status, text } = await runPalier(folder, 'init');
    expect({ status, text }).toMatchObject({ status: 0 });
    expect(text).toContain(`It listens at ${elsewhere}`);
    const written = await readFile(folder.file('palier.config.ts'), 'utf8');
    expect(written).toContain(`command: 'exec node serve.mjs --port "$PORT"'`);
  });

  it('proposes one replica where a second one does not run beside it, and says why', async () => {
    await using folder = await temporaryFolder('init');
    const lock = "import { writeFileSync } from 'node:fs';\nwriteFileSync('lock', '', { flag: 'wx' });\n";
    await put(folder, { ...nodeFiles, 'server.js': lock + nodeFiles['server.js'] });
    const { status, text } = await runPalier(folder, 'init');
    expect({ status, text }).toMatchObject({
      status: 0,
      text: expect.stringContaining('A second replica did not run'),
    });
    expect(await readFile(folder.file('palier.config.ts'), 'utf8')).toContain('replicas: 1,');
  });

  it('overwrites nothing', async () => {
    await using folder = await temporaryFolder('init');
    await put(folder, { ...nodeFiles, 'palier.config.json': '{}' });
    const { status, text } = await runPalier(folder, 'init');
    expect(status).toBe(2);
    expect(text).toContain('palier.config.json');
    expect((await runPalier(folder, 'init', '--config', 'server.js')).status).toBe(2);
    expect(await readFile(folder.file('server.js'), 'utf8')).toBe(nodeFiles['server.js']);
  });

  it('looks where the file is to be', async () => {
    await using folder = await temporaryFolder('init');
    await mkdir(folder.file('shop'));
    await put(folder, { 'shop/server.js': "createServer().listen('shop')" });
    const { status, text } = await runPalier(folder, 'init', '--no-start', '--config', 'shop/palier.config.mjs');
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('shop/palier.config.mjs') });
    const written = await readFile(folder.file('shop', 'palier.config.mjs'), 'utf8');
    expect(written).toContain("command: ['node', 'server.js']");
  });

  it('starts nothing with --no-start, and says that it guessed', async () => {
    await using folder = await temporaryFolder('init');
    await put(folder, nodeFiles);
    const { status, text } = await runPalier(folder, 'init', '--no-start');
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('guesses') });
    await expect(readFile(folder.file('asked.txt'))).rejects.toThrow('ENOENT');
    expect(await readFile(folder.file('palier.config.ts'), 'utf8')).toContain(
      "tasks: { home: { weight: 100, steps: [{ request: 'GET /' }] } }",
    );
  });

  it('says why a service did not run, writes all the same, and ends with 1', async () => {
    await using folder = await temporaryFolder('init');
    const { status, text } = await runPalier(folder, 'init', 'echo the shop is closed; exit 3');
    expect({ status, text }).toMatchObject({ status: 1, text: expect.stringContaining('the shop is closed') });
    expect(await readFile(folder.file('palier.config.ts'), 'utf8')).toContain(
      "command: 'echo the shop is closed; exit 3'",
    );
  });

  it('asks for the command where nothing tells it', async () => {
    await using folder = await temporaryFolder('init');
    const { status, text } = await runPalier(folder, 'init');
    expect(status).toBe(2);
    expect(text).toContain('palier init COMMAND');
  });
});
