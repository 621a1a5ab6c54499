/** What somebody may have meant who wrote a word that does not exist. Own code: a distance between words is ten lines. */

/** The word that is the fewest typing mistakes away, at most one for each three letters; null when none is so near. */
export function nearest(written: string, words: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(written.length / 3));
  const distances = words.map((word) => ({
    word,
    mistakes: mistakesBetween(written.toLowerCase(), word.toLowerCase()),
  }));
  const [best] = distances.toSorted((a, b) => a.mistakes - b.mistakes);
  return best !== undefined && best.mistakes <= most ? best.word : null;
}

/** Letters left out, put in, changed, or exchanged with their neighbour (optimal string alignment). */
export function mistakesBetween(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + same);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) row[j] = Math.min(row[j] as number, (beforeLast[j - 2] as number) + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] as number;
}
