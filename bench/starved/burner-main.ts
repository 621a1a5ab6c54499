/** Uses its core for so many milliseconds, rests for so many, and so on: `node burner-main.ts ON OFF`. */
const [onMs = 50, offMs = 50] = process.argv.slice(2).map(Number);

function burn(): void {
  const endMs = performance.now() + onMs;
  while (performance.now() < endMs);
  setTimeout(burn, offMs);
}
burn();
