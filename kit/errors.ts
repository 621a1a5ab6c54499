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
} as const;

export type KitErrorCode = keyof typeof catalogue;

export const kitError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
