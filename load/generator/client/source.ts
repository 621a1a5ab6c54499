/** The loopback address that a user sends from, so that limits per address see people, not one machine. */

const perBlock = 254;
const blocks = 65_535;

/** 127.0.1.1, 127.0.1.2 … 127.0.1.254, 127.0.2.1 …; after 127.255.255.254 (16 million users) again from the first. */
export function sourceOf(user: number): string {
  const block = (Math.floor(user / perBlock) % blocks) + 1;
  return `127.${block >> 8}.${block & 255}.${(user % perBlock) + 1}`;
}
