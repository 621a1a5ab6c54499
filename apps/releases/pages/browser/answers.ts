/** What the service answers, as far as the pages show it. */
import type { JobStatus, JobType } from '../../jobs/states.ts';
import type { ReleaseStatus, ReleaseType } from '../../releases/kinds.ts';
import type { Permission } from '../../users/permissions.ts';

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

/** An account. */
export interface Person {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly created_at: string;
  /** Names, as those of the groups are. */
  readonly roles: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** Who asks. */
export interface Me extends Person {
  readonly permissions: readonly Permission[];
}

export interface Permit {
  readonly resource: string;
  readonly action: string;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permit[];
}

export interface RuleItem {
  readonly id: string;
  readonly name: string;
  readonly section: ReleaseType;
  readonly scene: string;
  readonly year: number;
}

export interface Rule extends RuleItem {
  readonly content: string;
}

export interface Stats {
  readonly total_releases: number;
  readonly total_jobs: number;
  readonly user_releases: number;
  readonly user_jobs: number;
}

/** A release on its way through the wizard. */
export interface Draft {
  readonly id: string;
  readonly step: 'upload' | 'analyze' | 'finalize' | 'packing' | 'done';
  readonly title: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string | null | readonly string[]>>;
  readonly options: {
    readonly source: string;
    readonly tag: string | null;
    readonly kind: string | null;
    readonly volume_mb: number | null;
    readonly link: string | null;
    readonly issue: string | null;
  };
  readonly template: string;
}

export interface Templates {
  readonly items: readonly { readonly name: string; readonly content: string; readonly nfo: string }[];
  readonly chosen: { readonly content: string; readonly nfo: string };
}

export interface JobItem {
  readonly id: string;
  readonly release_id: string;
  readonly title: string;
  readonly status: JobStatus;
  readonly job_type: JobType;
  readonly reason: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

export interface Job extends JobItem {
  readonly progress: { readonly packed_bytes: number; readonly bytes: number; readonly file: string } | null;
}

export interface JobLog {
  readonly items: readonly { readonly at: string; readonly line: string }[];
}

export interface PackedFile {
  readonly id: string;
  readonly directory: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly crc32: string;
  /** From the root of the service. */
  readonly url: string;
}
