/** Everything that the kit can object to. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_METER_NAME: {
    message: 'The meter name or label is "{name}"; it should match {pattern}.',
    hint: 'Prometheus allows letters, digits and underscores, and no digit first.',
    retry: 'never',
  },
  PALIER_METER_TWICE: {
    message: 'The meter "{name}" exists already; each name should be made once.',
    hint: 'Make the meter where the service is put together, and hand it to the places that record.',
    retry: 'never',
  },
  PALIER_METER_EDGES: {
    message: 'The bucket edges of "{name}" are {edges}; they should be finite and ascending, at least one.',
    hint: 'Give the upper edge of each bucket, the smallest first; +Inf is added.',
    retry: 'never',
  },
  PALIER_METER_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/meter/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_LIMIT_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/limit/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_LIMIT_LINE: {
    message: '{waiting} calls wait for their turn already; fewer should.',
    hint: 'The API allows less than is asked of it: ask less, give more time, or refuse earlier.',
    retry: 'later',
  },
  PALIER_LIMIT_LATE: {
    message: 'The turn of this call has not come in {maxWaitMs} ms; it should have.',
    hint: 'The API allows less than is asked of it, or told us to stay away. Nothing was sent.',
    retry: 'later',
  },
  PALIER_LIMIT_ASK: {
    message: 'A limiter is asked with {what}; it should be {expected}.',
    hint: 'Name each limit as the options of the limiter do, and give those an id that are to count this call.',
    retry: 'never',
  },
  PALIER_STATE_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/state/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_STATE_URL: {
    message: 'The state is to be opened at "{url}"; it should be {expected}.',
    hint: 'For one machine: sqlite:state.sqlite. Beyond it: redis://HOST:6379.',
    retry: 'never',
  },
  PALIER_STATE_OPEN: {
    message:
      'The state at {where} does not open ({why}); it should be a file or a server that lets this user in (outcome: {outcome}).',
    hint: 'See that the folder may be written to; or that the server runs, that user, password and database of the URL are right, and that with TLS its certificate bears the name of the host and comes from an authority that is trusted: the option ca, or NODE_EXTRA_CA_CERTS.',
    retry: 'later',
  },
  PALIER_STATE_CLOSED: {
    message:
      'The state was closed before this call; calls should end before their state is closed (outcome: {outcome}).',
    hint: 'Stop taking requests first, then close the state.',
    retry: 'never',
  },
  PALIER_STATE_SIZE: {
    message: 'The {what} has {bytes} bytes; it should have from 1 to {most} (outcome: {outcome}).',
    hint: 'Keep large things elsewhere and store where they are, or raise the limit in the options of the state.',
    retry: 'never',
  },
  PALIER_STATE_TIME: {
    message: 'The entry is to expire in {expiresInMs} ms; it should be a whole number above 0 (outcome: {outcome}).',
    hint: 'Leave it out for an entry that stays; delete the key to let it go at once.',
    retry: 'never',
  },
  PALIER_STATE_KIND: {
    message: 'The key "{key}" holds a {kind}; this call needs a {expected} (outcome: {outcome}).',
    hint: 'Two places use one key for different things: give each its own prefix.',
    retry: 'never',
  },
  PALIER_STATE_SLOTS: {
    message:
      'The procedure {procedure} is to touch "{first}" and "{stray}"; keys of one procedure should share a hash tag (outcome: {outcome}).',
    hint: 'Make the keys with keyOf(room, tag, …) and the same tag: then a Cluster keeps them on one node.',
    retry: 'never',
  },
  PALIER_STATE_BUSY: {
    message: '{waiting} calls wait for the state already; this one was not begun (outcome: {outcome}).',
    hint: 'The engine is slower than its callers: turn requests away earlier, or add capacity.',
    retry: 'later',
  },
  PALIER_STATE_LATE: {
    message: '{engine} has not answered yet; it should answer within the deadline (outcome: {outcome}).',
    hint: 'With the outcome "unknown" it may have been done, or may still be: repeat only what can bear that.',
    retry: 'later',
  },
  PALIER_STATE_LOST: {
    message:
      '{engine} is gone while the call was under way; it should stay until it has answered (outcome: {outcome}).',
    hint: 'It may have been done: repeat only what can bear that.',
    retry: 'now',
  },
  PALIER_STATE_DURABLE: {
    message: '{engine} cannot take a durable call: {why}; it should be {expected} (outcome: {outcome}).',
    hint: 'Give the server replicas (or the state a file), ask for fewer, or leave durable out. A single server loses nothing that it has acknowledged with appendfsync always.',
    retry: 'later',
  },
  PALIER_STATE_COPIES: {
    message:
      '{engine} has made the change, and fewer than {replicas} replicas have confirmed it in time; all of them should (outcome: {outcome}).',
    hint: 'It holds now, and may be lost when the primary fails: repeat what can bear that. See that the replicas keep up (INFO replication), or ask for fewer.',
    retry: 'later',
  },
  PALIER_STATE_REFUSED: {
    message: '{engine} refuses the call ({why}); it should take it (outcome: {outcome}).',
    hint: 'Look at the disk, the memory and the rights of the engine.',
    retry: 'later',
  },
  PALIER_SHARDS_NONE: {
    message: '{where} is no Redis Cluster ({why}); shards should be those of one.',
    hint: 'Name some nodes of it: redis+cluster://HOST:PORT,HOST:PORT. One server or Sentinels have no shards.',
    retry: 'never',
  },
  PALIER_SHARDS_NODE: {
    message: 'The node {node} {why}; a node that is added should be empty and belong to no Cluster.',
    hint: 'Start a redis-server with cluster-enabled yes and an empty folder. Nothing was changed.',
    retry: 'never',
  },
  PALIER_SHARDS_DOWN: {
    message: 'The Cluster is not whole ({why}); every slot should be with a primary that answers.',
    hint: 'Let it recover first (CLUSTER INFO, cluster_state:ok), then begin again: what is half done is taken up.',
    retry: 'later',
  },
  PALIER_SHARDS_DOUBT: {
    message: 'The nodes of the Cluster do not agree ({why}); they should before a slot is moved.',
    hint: 'Look at CLUSTER NODES on each of them. What stays so for minutes is mended with redis-cli --cluster fix.',
    retry: 'later',
  },
  PALIER_SHARDS_BUSY: {
    message: 'Another process moves slots of this Cluster (from {other}); only one should at a time.',
    hint: 'Let it end, or stop it: what it leaves half done is taken up.',
    retry: 'later',
  },
  PALIER_SHARDS_STOPPED: {
    message: 'The slot {slot} cannot be moved now ({why}); its two nodes should take the commands that move it.',
    hint: 'Mend what is named (memory, rights, a node that is away) and begin again: what is half done is taken up.',
    retry: 'later',
  },
  PALIER_TOKEN_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/token/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_TOKEN_KEY: {
    message: 'Of the key {kid}: {found}; it should be {expected}.',
    hint: 'generateTokenKey() makes an access key; openssl rand -base64 32 a refresh secret.',
    retry: 'never',
  },
  PALIER_TOKEN_USER: {
    message:
      'The id of the user, the login or the token is none; it should be well-formed text of 1 to 128 bytes, or an id of ours.',
    hint: 'Take a stable id, such as the primary key of the user, and the ids that validate() answers.',
    retry: 'never',
  },
  PALIER_TOKEN_REFUSED: {
    message: 'The {kind} token is refused ({reason}); it should be one of ours that holds.',
    hint: 'Answer 401. An access token is renewed with its refresh token, a refresh token by a login; keep the reason for the log.',
    retry: 'never',
  },
  PALIER_TOKEN_UNAVAILABLE: {
    message: 'Whether the token is revoked cannot be told now; the state should answer.',
    hint: 'Answer 503: the token is not refused. staleMs lets users stay in meanwhile, for a time that you choose.',
    retry: 'later',
  },
  PALIER_TOKEN_BUSY: {
    message: '{most} signatures are being checked already; this one was not begun.',
    hint: 'Answer 503. Limit the rate of unknown tokens by address, or add replicas.',
    retry: 'later',
  },
  PALIER_SESSION_OPTION: {
    message: 'The session option {option} is {value}; it should be {expected}.',
    hint: 'See kit/session/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_SESSION_COOKIE: {
    message: 'The session cookie "{name}" {state}; it should be {expected}.',
    hint: 'Leave the cookie options out for what is right over https; for development over plain http set secure to false and no name.',
    retry: 'never',
  },
  PALIER_SESSION_FIELD: {
    message: 'The session field "{field}" is {state}; it should be {expected}.',
    hint: 'Keep ids in the session, and what they stand for where it belongs.',
    retry: 'never',
  },
  PALIER_SESSION_SIZE: {
    message:
      'The session would have {bytes} bytes and {fields} fields; it should have at most {mostBytes} and {mostFields}.',
    hint: 'Keep ids in the session, and what they stand for where it belongs. Nothing of this request was stored.',
    retry: 'never',
  },
  PALIER_SESSION_CONFLICT: {
    message: 'Another request changed {fields} of the session meanwhile; a save that tells conflicts should be first.',
    hint: 'Open the session again and repeat, or let the later save win. Nothing of this request was stored.',
    retry: 'now',
  },
  PALIER_SESSION_GONE: {
    message: 'The session is to be stored, but it {why}; it should be live.',
    hint: 'It was ended elsewhere and stays ended: ask the user to log in again.',
    retry: 'never',
  },
  PALIER_SESSION_AWAY: {
    message: 'The session cannot be {what} ({why}); the state should be there.',
    hint: 'Answer 503 and let the client try again; readOnlyForMs lets known sessions be read meanwhile.',
    retry: 'later',
  },
  PALIER_SESSION_FORMAT: {
    message: 'The stored session has the format {format}; this version knows {known}.',
    hint: 'A replica of another version wrote it: update this one, or go back with all.',
    retry: 'never',
  },
  PALIER_SESSION_SEALED: {
    message:
      'The session field "{field}" does not open with the key "{key}"; its key should be among those of encrypt.keys.',
    hint: 'Keep a replaced key in the list until the longest life of a session is over.',
    retry: 'never',
  },
  PALIER_SESSION_MISSING: {
    message: 'The request has no session; it should come through withSession, expressSessions or fastifySessions.',
    hint: 'Register the sessions before the routes that use them.',
    retry: 'never',
  },
  PALIER_SESSION_LATE: {
    message: 'The session is changed so that a cookie must be sent, but the headers are; it should be changed before.',
    hint: 'Log in, log out and make sessions before the first byte of the answer.',
    retry: 'never',
  },
  PALIER_SQL_URL: {
    message: 'The database is to be opened at "{url}"; it should be {expected}.',
    hint: 'For one machine: sqlite:data.sqlite. Beyond it: mariadb://USER:PASSWORD@HOST/DATABASE or postgres://….',
    retry: 'never',
  },
  PALIER_SQL_CONNECTIONS: {
    message:
      '{replicas} replicas with {connections} connections each and {reserve} in reserve are {together} together; they should be at most the {most} that the server takes.',
    hint: 'Set {advice}max_connections of the server to at least {together}.',
    retry: 'never',
  },
  PALIER_SQL_POOL: {
    message:
      'All {size} connections are in use and {waiting} calls wait; one should come free within the deadline (outcome: {outcome}).',
    hint: 'Look for transactions that take long; then give the pool more connections, if the server has them.',
    retry: 'later',
  },
  PALIER_SQL_UNIQUE: {
    message: 'Such a row is there already ({constraint}); it should be the only one (outcome: {outcome}).',
    hint: 'Take the row that is there, or change the one that is new.',
    retry: 'never',
  },
  PALIER_SQL_REFERENCE: {
    message: 'The row points at nothing, or is pointed at ({constraint}); references should hold (outcome: {outcome}).',
    hint: 'Write what is pointed at first; delete it last.',
    retry: 'never',
  },
  PALIER_SQL_VALUE: {
    message:
      'A value is not allowed where it stands ({constraint}: {why}); it should suit its column (outcome: {outcome}).',
    hint: 'Check what comes from outside before it is written.',
    retry: 'never',
  },
  PALIER_SQL_STATEMENT: {
    message:
      '{engine} does not take the statement ({why}); it should be one that suits its tables (outcome: {outcome}).',
    hint: 'See that the migrations were run, and what differs between the engines.',
    retry: 'never',
  },
  PALIER_SQL_CONFLICT: {
    message: 'Another transaction was in the way ({engine}: {why}); it should be tried again (outcome: {outcome}).',
    hint: 'It was tried as often as allowed: make transactions shorter, and let all touch rows in the same order.',
    retry: 'now',
  },
  PALIER_SQL_TRANSACTION: {
    message:
      "Kysely's own {what} was called; it should be transaction(function*) of the database (outcome: {outcome}).",
    hint: 'An await in a transaction holds its locks while the event loop does other things.',
    retry: 'never',
  },
  PALIER_SQL_MIGRATION: {
    message: 'The migration "{name}" failed ({why}); the database should be brought up to date first.',
    hint: 'Mend the migration and start again; if part of it could not be taken back, that start says so.',
    retry: 'never',
  },
  PALIER_SQL_MIGRATION_CHANGED: {
    message:
      'The migration "{name}" is not what was run ({why}); a migration that was run should stay as it is, in its place.',
    hint: 'Take the change back, and make it with a further migration.',
    retry: 'never',
  },
  PALIER_SQL_MIGRATION_TORN: {
    message:
      'The migration "{name}" began and did not end, on an engine that cannot take back part of it; it should be whole.',
    hint: 'Undo what it did by hand and delete its row in palier_migrations; or finish it and set done_at there.',
    retry: 'never',
  },
  PALIER_BATCH_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/batch/options.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_BATCH_TABLE: {
    message: 'The table {table} does not suit the batch ({found}); it should have {expected}.',
    hint: 'Mend it with a migration, or name what the table has. Without the unique index a repeated write would be a second row.',
    retry: 'never',
  },
  PALIER_BATCH_VALUE: {
    message: 'The column {column} of {table} is to be {found}; it should be {expected} (outcome: {outcome}).',
    hint: 'Check what comes from outside before it is written. Lists and objects are stored as JSON texts.',
    retry: 'never',
  },
  PALIER_BATCH_SIZE: {
    message: 'The row has {bytes} bytes; it should have at most {most} (outcome: {outcome}).',
    hint: 'Keep large things elsewhere and store where they are. On MariaDB max_allowed_packet is the limit.',
    retry: 'never',
  },
  PALIER_BATCH_FULL: {
    message: '{rows} rows are held already ({bytes} bytes); this one was not taken (outcome: {outcome}).',
    hint: 'The database is slower than its writers: turn work away earlier, await room(), or use addAll(), which waits.',
    retry: 'later',
  },
  PALIER_BATCH_LATE: {
    message: 'The row could not be written in {ageMs} ms ({why}); it should have been (outcome: {outcome}).',
    hint: 'The database is away, or slower than its writers. Adding the row again is safe: by its key it is one row.',
    retry: 'later',
  },
  PALIER_BATCH_CLOSED: {
    message: 'The batch was closed before this row; rows should come before (outcome: {outcome}).',
    hint: 'Stop taking requests first, then close the batch, then the database.',
    retry: 'never',
  },
  PALIER_QUEUE_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: 'See kit/queue/options.ts and jobs.ts for the default and its reason.',
    retry: 'never',
  },
  PALIER_QUEUE_ASK: {
    message: 'The queue was asked for {what}; it should be {expected}.',
    hint: 'See kit/queue/README.md. Nothing was done.',
    retry: 'never',
  },
  PALIER_QUEUE_TABLES: {
    message: 'The tables of the queue are not there ({why}); openSql should have been given queueMigrations.',
    hint: 'Begin the migrations of openSql with ...queueMigrations of @palier/kit/queue.',
    retry: 'never',
  },
  PALIER_QUEUE_SIZE: {
    message: 'The {what} of the job has {bytes} bytes; it should have at most {maxBytes}.',
    hint: 'Keep ids in a job, and data where it belongs; or raise maxBytes.',
    retry: 'never',
  },
  PALIER_QUEUE_JSON: {
    message: 'The {what} of the job is no JSON ({why}); it should be.',
    hint: 'Numbers, texts, lists and plain objects are; functions, bigints and circles are not.',
    retry: 'never',
  },
  PALIER_QUEUE_FENCED: {
    message: "Job {job} is no longer this worker's; it should be, for its results to count.",
    hint: 'It took too long, was called off, or its worker was given up for lost: another one goes on with it. Let it end.',
    retry: 'never',
  },
  PALIER_QUEUE_ENDED: {
    message: 'The attempt was ended: {why}; its handler should end, too.',
    hint: 'Hand job.signal to what waits, and look at signal.aborted in long loops.',
    retry: 'later',
  },
  PALIER_QUEUE_CLOSED: {
    message: 'The queue is closed; it should be open.',
    hint: 'Close it when the last call has ended.',
    retry: 'never',
  },
} as const;

export type KitErrorCode = keyof typeof catalogue;

export const kitError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
