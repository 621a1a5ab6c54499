/** Which page an address is of. Pure. */
import { type Address, addresses } from './addresses.ts';
import { offline } from './api.ts';
import type { Draw } from './view.ts';
import { drawDashboard } from './views/dashboard.ts';
import { drawList } from './views/list.ts';
import { drawLogin } from './views/login.ts';
import { drawRelease } from './views/release.ts';
import { drawDraft } from './views/wizard/draft.ts';
import { drawWizard } from './views/wizard/start.ts';

export interface Route {
  readonly draw: Draw;
  /** What the address names; empty where it names nothing. */
  readonly id: string;
  /** Whether it can be seen without a login. */
  readonly open: boolean;
}

/** What few readers come to is fetched when they do: all of views/office. */
const account = (): Promise<typeof import('./views/office/account.ts')> => import('./views/office/account.ts');
const job = (): Promise<typeof import('./views/office/job.ts')> => import('./views/office/job.ts');
const jobs = (): Promise<typeof import('./views/office/jobs.ts')> => import('./views/office/jobs.ts');
const roles = (): Promise<typeof import('./views/office/roles.ts')> => import('./views/office/roles.ts');
const rules = (): Promise<typeof import('./views/office/rules.ts')> => import('./views/office/rules.ts');
const users = (): Promise<typeof import('./views/office/users.ts')> => import('./views/office/users.ts');

const pages: Readonly<Record<Address, Draw>> = {
  '/': drawDashboard,
  '/login': drawLogin,
  '/account': later(account, ({ drawAccount }) => drawAccount),
  '/releases': drawList,
  '/releases/:id': drawRelease,
  '/wizard': drawWizard,
  '/wizard/:id': drawDraft,
  '/jobs': later(jobs, ({ drawJobs }) => drawJobs),
  '/jobs/:id': later(job, ({ drawJob }) => drawJob),
  '/rules': later(rules, ({ drawRules }) => drawRules),
  '/rules/new': later(rules, ({ drawNewRule }) => drawNewRule),
  '/rules/:id': later(rules, ({ drawRule }) => drawRule),
  '/users': later(users, ({ drawUsers }) => drawUsers),
  '/users/new': later(users, ({ drawNewUser }) => drawNewUser),
  '/users/:id': later(users, ({ drawUser }) => drawUser),
  '/roles': later(roles, ({ drawRoles }) => drawRoles),
  '/roles/new': later(roles, ({ drawNewRole }) => drawNewRole),
  '/roles/:id': later(roles, ({ drawRole }) => drawRole),
};

/** Null: no page has this address. */
export function routeOf(path: string): Route | null {
  for (const address of addresses) {
    const match = new RegExp(`^${address.replace(':id', '(\\w+)')}$`).exec(path);
    if (match !== null) return { draw: pages[address], id: match[1] ?? '', open: address === '/login' };
  }
  return null;
}

function later<Module>(load: () => Promise<Module>, page: (module: Module) => Draw): Draw {
  return async (visit) => {
    const module = await load().catch(() => {
      throw offline();
    });
    return page(module)(visit);
  };
}
