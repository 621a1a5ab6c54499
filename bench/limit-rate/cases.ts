/** The cases of the bench, which its player is told by name. */
export const hotCase = 'one id, exact';
export const manyCase = '1000 ids, exact';
export const leasesCase = 'one id, leases';
