/** The errors of the balancer process, as the supervisor hands them to the user. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_LISTEN_FAILED: {
    message: 'The balancer cannot listen on port {port} for {service} ({code}); the port should be free.',
    hint: 'Stop what holds the port, or leave `listen` of {service} out of the system file to have any free port.',
    retry: 'later',
  },
} as const;

export const balancerError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
