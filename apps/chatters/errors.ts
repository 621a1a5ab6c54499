/** Everything that the application objects to: what is and what should be, and what to do. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  OPTION: {
    message: '{option} is {is}; it should be {expected}.',
    hint: 'Set it in the environment of the process, or leave it out for its default.',
    retry: 'never',
  },
} as const;

export const chattersError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
