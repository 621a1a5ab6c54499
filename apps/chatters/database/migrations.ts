/** How the tables came about. A step that has been released is never changed; the next one mends it. One change each, since MariaDB takes none back. */
import type { Migration } from '@palier/kit/state/sql';
import type { Compilable, CreateTableBuilder, Kysely } from 'kysely';

// oxlint-disable-next-line typescript/no-explicit-any -- Kysely: a migration must not know today's tables
type AnyDatabase = Kysely<any>;
type Table = CreateTableBuilder<string, never>;

/** Twitch's ids are numbers of at most ten digits by now; logins have 25 letters at most; ours are ULIDs. */
const twitchId = 'varchar(20)';
const login = 'varchar(25)';
const ownId = 'varchar(26)';

export const migrations: readonly Migration[] = [
  table('0001-users', 'users', (make) =>
    text(make, ['id', twitchId, 'key'], ['login', login], ['display_name', 'varchar(50)']).addColumn(
      'signed_in_at',
      'bigint',
      given,
    ),
  ),
  table('0002-consents', 'consents', (make) =>
    text(make, ['user_id', twitchId, 'key'])
      .addColumn('sealed', 'text', given)
      .addColumn('expires_at', 'bigint', given)
      .addColumn('turn', 'bigint', given)
      .addColumn('signed_out_at', 'bigint'),
  ),
  table('0003-collections', 'collections', (make) =>
    text(make, ['id', ownId, 'key'], ['user_id', twitchId], ['state', 'varchar(10)'])
      .addColumn('created_at', 'bigint', given)
      .addColumn('expires_at', 'bigint', given),
  ),
  index('0004-collections-of', 'collections', ['user_id', 'state', 'created_at']),
  index('0005-collections-over', 'collections', ['state', 'expires_at']),
  table('0006-captures', 'captures', (make) =>
    counts(
      text(
        make,
        ['id', ownId, 'key'],
        ['collection_id', ownId],
        ['user_id', twitchId],
        ['broadcaster_id', twitchId],
        ['broadcaster_login', login],
        ['state', 'varchar(10)'],
      )
        .addColumn('created_at', 'bigint', given)
        .addColumn('done_at', 'bigint')
        .addColumn('reason', 'varchar(300)'),
      ['expected', 'chatters', 'new_accounts', 'enriched'],
    ),
  ),
  index('0007-captures-of', 'captures', ['collection_id', 'created_at']),
  index('0008-captures-under-way', 'captures', ['user_id', 'state']),
  // The key makes a chatter that drifted to the next page one chatter.
  table('0009-capture-chatters', 'capture_chatters', (make) =>
    text(make, ['capture_id', ownId], ['account_id', twitchId]).addPrimaryKeyConstraint('capture_chatters_pk', [
      'capture_id',
      'account_id',
    ] as never),
  ),
  table('0010-accounts', 'accounts', (make) =>
    text(
      make,
      ['id', twitchId, 'key'],
      ['login', login],
      ['display_name', 'varchar(50)'],
      ['broadcaster_type', 'varchar(20)'],
    )
      .addColumn('first_seen_at', 'bigint', given)
      .addColumn('last_seen_at', 'bigint', given)
      .addColumn('created_at', 'bigint')
      .addColumn('fetched_at', 'bigint')
      .addColumn('gone', 'smallint', given),
  ),
  table('0011-account-names', 'account_names', (make) =>
    text(make, ['account_id', twitchId], ['login', login])
      .addColumn('first_seen_at', 'bigint', given)
      .addPrimaryKeyConstraint('account_names_pk', ['account_id', 'login'] as never),
  ),
];

const given = <Column extends { notNull(): Column }>(column: Column): Column => column.notNull();

function table(name: string, of: string, columns: (make: Table) => Compilable): Migration {
  return { name, statements: (db: AnyDatabase) => [columns(db.schema.createTable(of) as Table)] };
}

function index(name: string, on: string, columns: readonly string[]): Migration {
  const statements = (db: AnyDatabase): Compilable[] => [
    db.schema
      .createIndex(`${on}_by_${columns.join('_')}`)
      .on(on)
      .columns([...columns]),
  ];
  return { name, statements };
}

type TextColumn = readonly [name: string, type: `varchar(${number})`, key?: 'key'];

function text(make: Table, ...columns: readonly TextColumn[]): Table {
  let made = make;
  for (const [name, type, key] of columns) {
    made = made.addColumn(name, type, (column) => (key ? column.primaryKey().notNull() : column.notNull())) as Table;
  }
  return made;
}

function counts(make: Table, names: readonly string[]): Table {
  let made = make;
  for (const name of names) made = made.addColumn(name, 'integer', (column) => column.notNull().defaultTo(0)) as Table;
  return made;
}
