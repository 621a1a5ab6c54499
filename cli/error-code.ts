/**
 * Every code that an error of Palier can have: the catalogues of all products. docs/reference/errors.md tells them; a check holds type,
 * catalogues and document together.
 */
import type { ControlErrorCode } from '@palier/control/errors';
import type { KitErrorCode } from '@palier/kit/errors';
import type { LoadErrorCode } from '@palier/load/errors';
import type { ProtocolErrorCode } from '@palier/protocol';
import type { CliErrorCode } from './errors.ts';

export type ErrorCode = ProtocolErrorCode | KitErrorCode | LoadErrorCode | ControlErrorCode | CliErrorCode;
