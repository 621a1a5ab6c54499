/**
 * The tables. Only types that SQLite, MariaDB and PostgreSQL share: ids are texts of 26 characters made by the application, times are
 * ISO 8601 texts in UTC (they sort as they stand), documents are JSON in a text.
 */

export interface Tables {
  users: UsersTable;
  roles: NamedTable;
  role_permissions: RolePermissionsTable;
  user_roles: { user_id: string; role_id: string };
  groups: NamedTable;
  user_groups: { user_id: string; group_id: string };
  releases: ReleasesTable;
  release_words: ReleaseWordsTable;
  uploads: UploadsTable;
  release_files: ReleaseFilesTable;
  jobs: JobsTable;
  job_logs: JobLogsTable;
  rules: RulesTable;
  configurations: ConfigurationsTable;
  seeds: SeedsTable;
}

export interface UsersTable {
  id: string;
  login: string;
  name: string;
  password_hash: string;
  created_at: string;
}

export interface NamedTable {
  id: string;
  name: string;
}

export interface RolePermissionsTable {
  role_id: string;
  resource: string;
  action: string;
}

export interface ReleasesTable {
  id: string;
  user_id: string;
  group_id: string;
  release_type: string;
  status: string;
  title: string;
  /** The title folded for sorting: lower case, no accents, at most 100 characters. */
  title_key: string;
  /** Title-GROUP-YYYYMMDD. */
  name: string;
  /** JSON; what the book says of itself. */
  release_metadata: string;
  /** JSON; the options of the packing. */
  config: string;
  /** The stored file; null when there is none, or when newer uploads have displaced it. */
  file_path: string | null;
  file_bytes: number | null;
  file_sha256: string | null;
  created_at: string;
  updated_at: string;
}

/** The words of each title, so that a search is a range over an index and never a LIKE over text. */
export interface ReleaseWordsTable {
  word: string;
  release_id: string;
}

/** The stored files, oldest first by id. */
export interface UploadsTable {
  id: string;
  release_id: string;
  file_path: string;
  bytes: number;
}

/** What a release was packed into, by directory; stored under names that say nothing. */
export interface ReleaseFilesTable {
  id: string;
  release_id: string;
  job_id: string;
  directory: string;
  name: string;
  file_path: string;
  bytes: number;
  sha256: string;
  /** Eight hex digits. */
  crc32: string;
}

export interface JobsTable {
  id: string;
  release_id: string;
  status: string;
  job_type: string;
  created_by: string;
  created_at: string;
  /** Its number in the queue. */
  queue_id: number | null;
  /** Why it failed. */
  reason: string | null;
  started_at: string | null;
  ended_at: string | null;
}

/** What a job tells of itself, in the order of the ids. */
export interface JobLogsTable {
  id: string;
  job_id: string;
  line: string;
  at: string;
}

export interface RulesTable {
  id: string;
  name: string;
  section: string;
  scene: string;
  year: number;
  content: string;
  created_at: string;
}

/** What is set; the rest is as it is by itself. */
export interface ConfigurationsTable {
  key: string;
  value: string;
  set_at: string;
}

export interface SeedsTable {
  name: string;
  stamp: string;
  created_at: string;
}
