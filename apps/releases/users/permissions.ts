/** What can be permitted. */

/** Every (resource, action) that a role can have. What is not listed needs a login and no permission. */
export const permissions = [
  // Sees and changes accounts, and gives them roles: who has it can get every other.
  'users write',
  // Sees and changes what a role permits: the same.
  'roles write',
  'rules read',
  'rules write',
  'releases read',
  // One's own.
  'releases write',
  // Those of others, too.
  'releases manage',
  // Sets what all new drafts begin with.
  'config write',
] as const;
export type Permission = (typeof permissions)[number];
