import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedPassword } from '../seed/people.ts';
import { allEngines } from '../testing/engines.ts';
import { type Answer, bearerOf, formWith, install, type Installation, postJson, request } from '../testing/running.ts';

for (const engines of allEngines) {
  describe(`on ${engines.name}`, engines.options, () => {
    let installation: Installation;
    let api: string;
    let root: string;
    let bearer: { authorization: string };
    let book: Buffer;

    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      installation = stack.use(await install(true, await engines.start(stack)));
      root = (await installation.start({ MAX_UPLOAD_MB: '1', MAX_UPLOADS: '5' })).url;
      api = `${root}/api`;
      bearer = await bearerOf(root, 1);
      book = await readFile(installation.folder.file('handbook.epub'));
    }, 120_000);
    afterAll(() => stack.disposeAsync());

    const get = (path: string, headers: Record<string, string> = bearer): Promise<Answer> =>
      request(api + path, { headers });
    const create = (body: unknown): Promise<Answer> => postJson(`${api}/wizard/create`, body, bearer);
    const upload = (form: FormData): Promise<Answer> =>
      request(`${api}/wizard/create`, { method: 'POST', headers: bearer, body: form });
    const fault = (answer: Answer): unknown => [answer.status, answer.body.error];

    /** How many forms were accepted so far. */
    async function acceptedForms(): Promise<number> {
      const line = (await request(`${root}/metrics`)).body.match(
        /^http_requests_total.*wizard\/create",status="201"} (\d+)/m,
      );
      return Number(line?.[1] ?? 0);
    }

    describe('auth', () => {
      test('a login gives a token for an hour, and me says who it is', async () => {
        const { status, body } = await postJson(`${api}/auth/login`, { login: 'user002', password: seedPassword });
        expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3600]);
        const me = await get('/auth/me', { authorization: `Bearer ${body.access_token}` });
        expect(me.body).toMatchObject({ login: 'user002', roles: ['packer'] });
        expect(me.body.groups.length).toBeGreaterThan(0);
        expect(JSON.stringify([body, me.body])).not.toContain('scrypt');
      });

      test('a wrong password and an unknown account get the same answer', async () => {
        const wrong = await postJson(`${api}/auth/login`, { login: 'user002', password: 'wrong' });
        const unknown = await postJson(`${api}/auth/login`, { login: 'nobody', password: 'wrong' });
        expect(fault(wrong)).toEqual([401, 'LOGIN_FAILED']);
        expect(unknown.body).toEqual(wrong.body);
      });

      test.each([
        [{}],
        [{ login: 'a' }],
        [{ login: '', password: 'x' }],
        [{ login: 'x'.repeat(101), password: 'x' }],
        ['text'],
        [null],
      ])('the login form %j is refused', async (form) => {
        expect(fault(await postJson(`${api}/auth/login`, form))).toEqual([400, 'REQUEST_INVALID']);
      });

      test('every route but login, health and metrics asks for a token, before it looks at the body', async () => {
        for (const path of ['/auth/me', '/dashboard/stats', '/releases', '/releases/x', '/rules', '/rules/x']) {
          expect(fault(await get(path, {}))).toEqual([401, 'TOKEN_MISSING']);
        }
        const answer = await postJson(`${api}/wizard/create`, { group: 5 });
        expect(fault(answer)).toEqual([401, 'TOKEN_MISSING']);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      });
    });

    describe('dashboard, releases, rules', () => {
      test('everybody sees their own figures, never those of another', async () => {
        const other = await bearerOf(root, 2);
        const [mine, theirs, again] = [
          await get('/dashboard/stats'),
          await get('/dashboard/stats', other),
          await get('/dashboard/stats'),
        ];
        expect(mine.body.user.login).toBe('user001');
        expect(theirs.body.user.login).toBe('user002');
        expect(again.body).toEqual(mine.body);
        const listed = await get(`/releases?user_id=${theirs.body.user.id}`, other);
        expect(theirs.body.user_releases).toBe(listed.body.total);
        expect(mine.body.total_releases).toBeGreaterThanOrEqual(10_000);
      });

      test('the list is paged, and the pages do not overlap', async () => {
        const [one, two] = [await get('/releases?per_page=50'), await get('/releases?per_page=50&page=2')];
        const ids = [...one.body.items, ...two.body.items].map((item: { id: string }) => item.id);
        expect(new Set(ids).size).toBe(100);
        expect(one.body).toMatchObject({ page: 1, per_page: 50, pages: Math.ceil(one.body.total / 50) });
        const beyond = await get('/releases?page=100000');
        expect([beyond.status, beyond.body.items]).toEqual([200, []]);
      });

      test.each(['created_at', 'release_type', 'status', 'title'])(
        'the list is sorted by %s, both ways',
        async (column) => {
          const fold = (text: string): string =>
            text
              .normalize('NFKD')
              .replace(/\p{M}/gu, '')
              .toLowerCase()
              .replace(/[^\p{L}\p{N}]+/gu, ' ');
          for (const order of ['asc', 'desc']) {
            const { body } = await get(`/releases?sort_by=${column}&sort_order=${order}&per_page=100&page=3`);
            const keys: string[] = body.items.map((item: Record<string, string>) => fold(item[column] ?? ''));
            const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
            expect(keys).toEqual(order === 'asc' ? sorted : sorted.toReversed());
          }
        },
      );

      test('filters narrow the list together, and the total agrees', async () => {
        const all = await get('/releases?release_type=GAME&status=completed&per_page=100');
        expect(all.body.total).toBeGreaterThan(10);
        for (const item of all.body.items) expect(item).toMatchObject({ release_type: 'GAME', status: 'completed' });
        const group = all.body.items[0].group;
        const ofGroup = await get(`/releases?release_type=GAME&group_id=${group.id}&per_page=100`);
        for (const item of ofGroup.body.items) expect(item.group).toEqual(group);
        expect((await get('/releases?user_id=nobody')).body).toMatchObject({ total: 0, items: [], pages: 1 });
      });

      test('a search finds titles by beginnings of words, without regard to case and accents', async () => {
        const { body } = await get('/releases?search=ELEG+cafe&per_page=100');
        expect(body.total).toBeGreaterThan(0);
        for (const item of body.items) expect(item.title).toMatch(/Élégant.*Café|Café.*Élégant/);
        for (const search of ['%', '_', "' OR 1=1 --", 'legant', '"', '\\']) {
          expect((await get(`/releases?search=${encodeURIComponent(search)}`)).body.total).toBe(0);
        }
      });

      test.each([
        'page=0',
        'page=x',
        'page=1e9',
        'per_page=101',
        'per_page=0',
        'release_type=BOOK',
        'status=gone',
        'sort_by=id',
        'sort_by=title;drop',
        'sort_order=up',
        `search=${'x'.repeat(101)}`,
      ])('the list refuses %s and names the parameter', async (query) => {
        const answer = await get(`/releases?${query}`);
        expect(fault(answer)).toEqual([400, 'REQUEST_INVALID']);
        expect(answer.body.message).toMatch(new RegExp(`^${query.split('=')[0]} is .*; it should be `));
      });

      test('one release, one rule; and 404 for what is not there', async () => {
        const item = (await get('/releases?per_page=1')).body.items[0];
        expect((await get(`/releases/${item.id}`)).body).toMatchObject({ ...item, file: null, config: {} });
        const rules = (await get('/rules?per_page=2&section=EBOOK')).body;
        expect(rules.items).toHaveLength(2);
        expect(rules.total).toBeLessThan((await get('/rules')).body.total);
        expect((await get(`/rules/${rules.items[0].id}`)).body).toMatchObject({
          section: 'EBOOK',
          content: expect.stringContaining('1.'),
        });
        for (const path of [
          '/releases/x',
          '/releases/01HK153X009ZBF2BE8KJHJDRZZ',
          '/rules/x',
          '/rules/01HK153X009ZBF2BE8KJHJDRZZ',
          '/nope',
        ]) {
          expect(fault(await get(path))).toEqual([404, 'NOT_FOUND']);
        }
      });
    });

    describe('wizard', () => {
      test('a group in either case and a type make a release', async () => {
        const { status, body } = await create({ group: 'newGroup7', release_type: 'TV' });
        expect(status).toBe(201);
        expect(body).toMatchObject({ title: 'Untitled', release_type: 'TV', status: 'draft', file: null });
        expect(body.name).toMatch(/^Untitled-NEWGROUP7-\d{8}$/);
        const found = (await get(`/releases/${body.id}`)).body;
        expect(found.group.name).toBe('NEWGROUP7');
        const again = await create({ group: 'NEWGROUP7', release_type: 'TV' });
        expect(again.body.group_id).toBe(body.group_id);
      });

      test('a book’s metadata becomes the release’s, its file is kept whole, and it is found', async () => {
        const { status, body } = await upload(formWith(book));
        expect(status).toBe(201);
        expect(body).toMatchObject({
          title: 'The Palier Handbook',
          release_metadata: { language: 'en', creators: ['The Palier authors'] },
        });
        expect(body.file).toEqual({ bytes: book.length, sha256: createHash('sha256').update(book).digest('hex') });
        expect((await get(`/releases/${body.id}`)).body.file).toMatchObject({ available: true });
        expect(await readFile(installation.folder.file('uploads', `${body.id}.epub`))).toEqual(book);
        const found = await get('/releases?search=palier+hand&sort_by=created_at');
        expect(found.body.items[0].id).toBe(body.id);
      });

      test('the oldest uploads give way; their releases stay and say so', async () => {
        const first = (await upload(formWith(book))).body.id;
        for (let i = 0; i < 6; i++) expect((await upload(formWith(book))).status).toBe(201);
        const kept = (await readdir(installation.folder.file('uploads'))).filter((name) => name.endsWith('.epub'));
        expect(kept.length).toBeLessThanOrEqual(5);
        expect(kept).not.toContain(`${first}.epub`);
        expect((await get(`/releases/${first}`)).body.file).toMatchObject({ bytes: book.length, available: false });
      });

      test.each([
        [{ release_type: 'EBOOK' }, /^group is missing/],
        [{ group: 'a-b', release_type: 'EBOOK' }, /^group is "a-b"/],
        [{ group: 'A', release_type: 'EBOOK' }, /^group/],
        [{ group: 'AB', release_type: 'VINYL' }, /^release_type is "VINYL"; it should be one of EBOOK/],
        [{ group: 'AB' }, /^release_type is missing/],
        [[], /^The body is \[\]; it should be of type object/],
      ])('the form %j is refused', async (form, message) => {
        const answer = await create(form);
        expect(fault(answer)).toEqual([400, 'REQUEST_INVALID']);
        expect(answer.body.message).toMatch(message);
        expect(answer.body.hint).not.toBe('');
      });

      test('what is no book, and what is no form, is refused, and nothing of it is left', async () => {
        const before = await acceptedForms();
        const zip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');
        const large = Buffer.alloc(1024 * 1024 + 1);
        const refused: [FormData, number, string][] = [
          [formWith(Buffer.from('no zip')), 400, 'EPUB_NOT_ZIP'],
          [formWith(zip), 400, 'EPUB_NO_PACKAGE'],
          [formWith(Buffer.alloc(0)), 400, 'UPLOAD_EMPTY'],
          [formWith(null), 400, 'UPLOAD_MISSING'],
          [formWith(large), 413, 'BODY_TOO_LARGE'],
          [formWith(Buffer.concat([large, large])), 413, 'BODY_TOO_LARGE'],
          [formWith(book, { group: 'no group' }), 400, 'REQUEST_INVALID'],
          [formWith(book, { release_type: 'TV' }), 400, 'REQUEST_INVALID'],
        ];
        for (const [form, status, error] of refused) expect(fault(await upload(form))).toEqual([status, error]);
        const two = formWith(book);
        two.append('file', new Blob([new Uint8Array(book)]));
        expect(fault(await upload(two))).toEqual([400, 'REQUEST_INVALID']);
        const otherName = formWith(null);
        otherName.set('book', new Blob([new Uint8Array(book)]));
        expect(fault(await upload(otherName))).toEqual([400, 'REQUEST_INVALID']);
        expect(await readdir(installation.folder.file('uploads', 'incoming'))).toEqual([]);
        expect(await acceptedForms()).toBe(before);
      });

      test('another media type is 415, a broken body 400, a large one 413', async () => {
        const send = (type: string, body: string): Promise<Answer> =>
          request(`${api}/wizard/create`, { method: 'POST', headers: { ...bearer, 'content-type': type }, body });
        expect(fault(await send('text/plain', 'x'))).toEqual([415, 'MEDIA_TYPE']);
        expect(fault(await send('application/xml', '<x/>'))).toEqual([415, 'MEDIA_TYPE']);
        expect(fault(await send('application/json', '{'))).toEqual([400, 'REQUEST_UNREADABLE']);
        expect(fault(await send('application/json', `"${'x'.repeat(70_000)}"`))).toEqual([413, 'BODY_TOO_LARGE']);
        expect((await send('multipart/form-data', 'x')).status).toBe(400);
        expect((await send('multipart/form-data; boundary=a', '--a\r\nno')).status).toBe(400);
      });

      test('an upload that breaks off leaves nothing', async () => {
        const { hostname, port } = new URL(root);
        const socket = connect(Number(port), hostname);
        const head = `POST /api/wizard/create HTTP/1.1\r\nhost: x\r\nauthorization: ${bearer.authorization}\r\n`;
        const part = '--a\r\ncontent-disposition: form-data; name="file"; filename="a.epub"\r\n\r\nsome of it';
        socket.write(`${head}content-type: multipart/form-data; boundary=a\r\ncontent-length: 5000\r\n\r\n${part}`);
        const incoming = installation.folder.file('uploads', 'incoming');
        await expect.poll(() => readdir(incoming)).toHaveLength(1);
        socket.destroy();
        await expect.poll(() => readdir(incoming)).toEqual([]);
        expect((await request(`${root}/health`)).status).toBe(200);
      });
    });

    test('health says that the database is reached; metrics show requests, limits’ edges, queries, caches, loop and collection', async () => {
      expect((await get('/health', {})).body).toEqual({ status: 'ok', database: 'reachable', state: 'reachable' });
      const { headers, body } = await request(`${root}/metrics`);
      expect(headers.get('content-type')).toContain('version=0.0.4');
      for (const pattern of [
        /^http_requests_total\{route="GET \/api\/releases",status="200"\} [1-9]/m,
        /^http_request_duration_seconds_bucket\{route="GET \/api\/releases",le="0\.2"\} /m,
        /^http_request_duration_seconds_bucket\{route="GET \/api\/releases",le="0\.5"\} /m,
        /^db_queries_total [1-9]/m,
        /^cache_hits_total\{cache="dashboard"\} [1-9]/m,
        /^palier_event_loop_utilisation_ratio 0/m,
        /^palier_gc_seconds_total\{kind="minor"\} /m,
      ]) {
        expect(body).toMatch(pattern);
      }
    });
  });
}
