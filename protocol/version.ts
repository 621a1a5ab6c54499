/**
 * The version of everything that crosses a process or is stored: a reader refuses what it does not know instead of guessing.
 */

/** Raised when a field changes its meaning or goes away; new optional fields do not raise it. */
export const protocolVersion: number = 1;
