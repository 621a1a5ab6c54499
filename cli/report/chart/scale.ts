/**
 * Axes: which values are written beside them and where a value lies.
 */

export interface Scale {
  /** 0 (bottom or left) … 1 (top or right). */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From 0 to a round number above `highest`, in three to six steps. */
export function linearScale(highest: number): Scale {
  const wanted = highest > 0 ? highest * 1.05 : 1;
  const step = roundStep(wanted / 4);
  const top = Math.ceil(wanted / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => Number((i * step).toPrecision(10)));
  return { at: (value) => value / top, ticks };
}

/** As far below 0 as above it. */
export function symmetricScale(farthest: number): Scale {
  const { ticks } = linearScale(farthest);
  const top = ticks.at(-1) as number;
  const shown = ticks.filter((_, i) => i > 0 && (ticks.length < 5 || (ticks.length - 1 - i) % 2 === 0));
  return { at: (value) => (value + top) / (2 * top), ticks: [...shown.map((tick) => -tick).toReversed(), 0, ...shown] };
}

/** From a 1, 2 or 5 below `lowest` (above 0) to one above `highest`. */
export function logScale(lowest: number, highest: number): Scale {
  const low = Math.max(lowest, highest / 1e6, 1e-3);
  const from = roundDown(low);
  const to = roundUp(Math.max(highest, from * 2));
  const span = Math.log(to / from);
  const all: number[] = [];
  for (let exponent = Math.floor(Math.log10(from)); exponent <= Math.ceil(Math.log10(to)); exponent++) {
    for (const digit of [1, 2, 5]) all.push(Number((digit * 10 ** exponent).toPrecision(3)));
  }
  const inside = all.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
  const decades = inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9);
  return {
    at: (value) => Math.log(Math.max(value, from) / from) / span,
    ticks: inside.length <= 7 || decades.length < 3 ? inside : decades,
  };
}

const timeStepsMs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map(
  (s) => s * 1000,
);

/** Moments of a run: at most nine. */
export function timeTicks(durationMs: number): readonly number[] {
  const step = timeStepsMs.find((ms) => durationMs / ms <= 8) ?? Math.ceil(durationMs / 8);
  return Array.from({ length: Math.floor(durationMs / step) + 1 }, (_, i) => i * step);
}

function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10) * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
