/** Imported into a generator's process: makes garbage, a part of which lives for a while, as a careless library would. */
const perTick = (Number(process.env['PALIER_BENCH_GARBAGE'] ?? 100) * 1024 * 1024) / 100;
const kept: unknown[][] = [];

setInterval(() => {
  const made: unknown[] = [];
  // A small object takes about 64 bytes with its slot.
  for (let bytes = 0; bytes < perTick; bytes += 64) made.push({ at: bytes, of: made.length });
  kept.push(made);
  if (kept.length > 20) kept.shift();
}, 10).unref();
