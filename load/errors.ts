/** Everything that the load rooms can object to; sorted by code. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_LOAD_CERTIFICATE: {
    message: 'The certificate of {target} is not accepted ({problem}); it should be one that this machine trusts.',
    hint: 'Name the authority that signed it in NODE_EXTRA_CA_CERTS, or take any certificate with --insecure. No load was sent.',
    retry: 'never',
  },
  PALIER_LOAD_DATA_COLUMN: {
    message: '{key} uses {placeholder}, and the rows of {data} have {columns}; it should name one of these columns.',
    hint: 'After the name of the data stands a dot and a column; mend it, or add the column to the rows.',
    retry: 'never',
  },
  PALIER_LOAD_DATA_SHAPE: {
    message: '{key} reads {file}, which is {problem}; it should be a JSON array of at least one object.',
    hint: 'The keys of the objects are the columns that steps can use.',
    retry: 'never',
  },
  PALIER_LOAD_FILE: {
    message: '{key} names {file}, which cannot be read ({problem}); it should be a readable file.',
    hint: 'The path is relative to the folder of the config file.',
    retry: 'never',
  },
  PALIER_LOAD_FILE_SIZE: {
    message: '{key} names {file}, which has {size}; it should have at most {limit}.',
    hint: 'Every generator process holds the file in memory; take a smaller one.',
    retry: 'never',
  },
  PALIER_LOAD_GENERATOR_DIED: {
    message:
      'Generator process {index} of {count} ended ({how}) before its load did; it should live until its result is in.\n{output}',
    hint: 'What it measured is lost. If it was killed for memory, give the scenario fewer users, or more generators.',
    retry: 'now',
  },
  PALIER_LOAD_HEADER: {
    message: '{key} sets the header "{header}", {problem}; it should set only headers that a client may choose.',
    hint: 'Lengths and framing are made from the body; other headers need a name of letters, digits and dashes.',
    retry: 'never',
  },
  PALIER_LOAD_OPTION: {
    message: 'The option {option} is {value}; it should be {expected}.',
    hint: "See the room's options.ts for the default and its reason.",
    retry: 'never',
  },
  PALIER_LOAD_RECORDING: {
    message: '{key} reads {file}, which is {problem}; it should be a JSON array of at least two moments, ascending.',
    hint: 'Each moment is a number of milliseconds since the start, 0 or more; several arrivals may have the same.',
    retry: 'never',
  },
  PALIER_LOAD_SCRIPT_NOTHING: {
    message:
      'The scenario {scenario} has WebSocket steps {where}; a script of k6 or Locust should be made of requests alone.',
    hint: 'Play it with palier load; or export a scenario whose start, and at least one task, have only requests.',
    retry: 'never',
  },
  PALIER_LOAD_TARGET_DEAD: {
    message:
      'Nothing answers at {target} ({problem}); a server should accept connections there before the load begins.',
    hint: 'Start the server, or mend the address. No load was sent.',
    retry: 'later',
  },
  PALIER_LOAD_TARGET_PLAIN: {
    message: 'What listens at {target} speaks no TLS ({problem}); an address of https:// should.',
    hint: 'Try http://{target} instead. No load was sent.',
    retry: 'never',
  },
  PALIER_LOAD_TARGET_TLS: {
    message:
      'What listens at {target} speaks TLS and answered nothing without it; an address of http:// should do without.',
    hint: 'Try https://{target} instead.',
    retry: 'never',
  },
  PALIER_LOAD_TARGET_URL: {
    message: 'The target is "{url}" ({problem}); it should be an address such as http://127.0.0.1:8080.',
    hint: 'Host, port and a path to put before every request are read from it.',
    retry: 'never',
  },
} as const;

export type LoadErrorCode = keyof typeof catalogue;

export const loadError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
