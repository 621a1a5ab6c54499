/** Which page an address is of. Pure. */
import type { Draw } from './view.ts';
import { drawDashboard } from './views/dashboard.ts';
import { drawList } from './views/list.ts';
import { drawDraft } from './views/draft.ts';
import { drawLogin } from './views/login.ts';
import { drawRelease } from './views/release.ts';
import { drawWizard } from './views/wizard.ts';

export interface Route {
  readonly draw: Draw;
  /** What the address names; empty where it names nothing. */
  readonly id: string;
  /** Whether it can be seen without a login. */
  readonly open: boolean;
}

const routes: readonly (readonly [RegExp, Draw])[] = [
  [/^\/$/, drawDashboard],
  [/^\/login$/, drawLogin],
  [/^\/releases$/, drawList],
  [/^\/releases\/(\w+)$/, drawRelease],
  [/^\/wizard$/, drawWizard],
  [/^\/wizard\/(\w+)$/, drawDraft],
];

/** Null: no page has this address. */
export function routeOf(path: string): Route | null {
  for (const [pattern, draw] of routes) {
    const match = pattern.exec(path);
    if (match !== null) return { draw, id: match[1] ?? '', open: draw === drawLogin };
  }
  return null;
}
