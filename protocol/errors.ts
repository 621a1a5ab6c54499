/**
 * The errors of the protocol: files and messages that are not what they should be.
 */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_CONFIG_INVALID: {
    message: '{file} has {count}; it should describe a system without any.\n{problems}',
    hint: 'Mend the keys named above; docs/guides/system-file.md shows a whole file.',
    retry: 'never',
  },
  PALIER_REPORT_UNKNOWN: {
    message:
      '{file} is not a report of this version of palier ({problem}); it should be what --json writes (version {version}).',
    hint: 'Run the command again with --json to get a report of this version.',
    retry: 'never',
  },
} as const;

export type ProtocolErrorCode = keyof typeof catalogue;

export const protocolError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
