/** The addresses of the pages: the service answers each with the document, the router draws them. An earlier one goes before a later one. */
export const addresses = [
  '/',
  '/login',
  '/account',
  '/releases',
  '/releases/:id',
  '/wizard',
  '/wizard/:id',
  '/jobs',
  '/jobs/:id',
  '/rules',
  '/rules/new',
  '/rules/:id',
  '/users',
  '/users/new',
  '/users/:id',
  '/roles',
  '/roles/new',
  '/roles/:id',
] as const;

export type Address = (typeof addresses)[number];
