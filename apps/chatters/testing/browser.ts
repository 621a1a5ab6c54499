/** A browser of a test's own: keeps the cookie of one site, follows nothing by itself. */
export interface Visit {
  readonly status: number;
  /** Where a redirect leads. */
  readonly location: string | null;
  readonly body: string;
  readonly headers: Headers;
}

export interface Browser {
  cookie: string;
  get(path: string): Promise<Visit>;
  post(
    path: string,
    form?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Visit>;
  /** Consents as that user at the simulated Twitch; answers where Twitch sends the browser back to. */
  consent(login: string): Promise<string>;
  signIn(login: string): Promise<Visit>;
}

export function openBrowser(site: string): Browser {
  async function send(path: string, request: RequestInit): Promise<Visit> {
    const headers = { ...(browser.cookie === '' ? {} : { cookie: browser.cookie }), ...(request.headers as object) };
    const answer = await fetch(new URL(path, site), { ...request, headers, redirect: 'manual' });
    const set = answer.headers.getSetCookie().at(-1)?.split(';')[0];
    if (set !== undefined) browser.cookie = set.endsWith('=') ? '' : set;
    const { status, headers: told } = answer;
    return { status, location: told.get('location'), body: await answer.text(), headers: told };
  }

  const browser: Browser = {
    cookie: '',
    get: (path) => send(path, {}),
    post: (path, form = {}, headers = {}) => send(path, { method: 'POST', body: new URLSearchParams(form), headers }),
    async consent(login) {
      const { location } = await browser.get('/auth/login');
      const sent = await fetch(`${location}&as=${login}`, { redirect: 'manual' });
      return sent.headers.get('location') ?? '';
    },
    signIn: async (login) => browser.get(await browser.consent(login)),
  };
  return browser;
}
