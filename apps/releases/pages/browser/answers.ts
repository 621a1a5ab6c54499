/** What the service answers, as far as the pages show it. */
import type { ReleaseStatus, ReleaseType } from '../../releases/kinds.ts';

export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly page: number;
  readonly per_page: number;
  readonly pages: number;
}

export interface ReleaseItem {
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly release_type: ReleaseType;
  readonly status: ReleaseStatus;
  readonly created_at: string;
  readonly user: { readonly id: string; readonly login: string };
  readonly group: { readonly id: string; readonly name: string };
}

export interface Release extends ReleaseItem {
  readonly release_metadata: Readonly<Record<string, unknown>>;
  readonly file: { readonly bytes: number; readonly sha256: string; readonly available: boolean } | null;
}

export interface Stats {
  readonly total_releases: number;
  readonly total_jobs: number;
  readonly user_releases: number;
  readonly user_jobs: number;
}
