/** The accounts of the seed: the same for the seed command and for the users of a load scenario. */

/** Of the seed command. */
export const seedNumber = 1;
export const userCount = 200;
/** Of all accounts of the seed; known to everybody who reads this, so a seeded database is for trying and testing only. */
export const seedPassword = 'palier-par-paliers';

/** user001 … user200. */
export function loginOf(number: number): string {
  return `user${String(number).padStart(3, '0')}`;
}
