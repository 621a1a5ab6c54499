/**
 * In which order the contestants run: every round all of them, so that two are always compared within minutes of each other; each
 * second round backwards, so that a drift of the machine (heat, neighbours) favours nobody; and turned by one every two rounds, so that
 * each stands at every place. Pure.
 */
export function orderOf<T>(contestants: readonly T[], round: number): T[] {
  const turn = contestants.length === 0 ? 0 : Math.floor(round / 2) % contestants.length;
  const turned = [...contestants.slice(turn), ...contestants.slice(0, turn)];
  return round % 2 === 0 ? turned : turned.toReversed();
}
