/** The channels of this world, what is planted in them, and who moderates them. */

/** Accounts that one hand opened. */
export interface PlantedCluster {
  readonly size: number;
  /** When the first was opened. */
  readonly fromMs: number;
  /** Within what time all of them were. */
  readonly withinMs: number;
  /** The start of their logins; null: each is called as a person is. */
  readonly stem: string | null;
}

export interface Channel {
  readonly id: string;
  readonly login: string;
  /** People who watch when the world begins. */
  readonly people: number;
  readonly clusters: readonly PlantedCluster[];
  /** People who came together from another streamer: nobody's cluster. */
  readonly raiders: number;
  /** Accounts that change their login again and again. */
  readonly renamers: number;
}

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(text);
const nothing = { clusters: [], raiders: 0, renamers: 0 } as const;

/** `hugePeople`: how many watch the largest channel. */
export function channelsOf(hugePeople: number): readonly Channel[] {
  const series = (size: number, from: string, hours: number, stem: string | null): PlantedCluster => ({
    size,
    fromMs: at(from),
    withinMs: hours * hourMs,
    stem,
  });
  return [
    { ...nothing, id: '5001', login: 'calm_harbor', people: 300 },
    {
      ...nothing,
      id: '5002',
      login: 'quiz_lantern',
      people: 5000,
      clusters: [series(120, '2024-05-14T02:10:00Z', 3, 'hoss'), series(60, '2025-01-19T13:00:00Z', 9, null)],
    },
    { ...nothing, id: '5003', login: 'raid_meadow', people: 3000, raiders: 800 },
    { ...nothing, id: '5004', login: 'growth_reef', people: 40_000 },
    { ...nothing, id: '5005', login: 'masks_canyon', people: 1500, renamers: 40 },
    {
      ...nothing,
      id: '5006',
      login: 'huge_thunder',
      people: hugePeople,
      clusters: [series(900, '2026-02-03T21:40:00Z', 5, 'wolfttv'), series(300, '2026-02-04T09:00:00Z', 2, null)],
      raiders: Math.round(hugePeople / 50),
      renamers: 60,
    },
    ...Array.from({ length: 230 }, (_, i) => ({
      ...nothing,
      id: String(6001 + i),
      login: `guest_${String(i + 1).padStart(3, '0')}`,
      people: 20 + i,
    })),
  ];
}

/** Who may log in: each broadcaster, and moderators of others' channels. */
export interface Streamer {
  readonly id: string;
  readonly login: string;
  /** Channels of others. */
  readonly moderates: readonly string[];
}

/** `moderators`: how many log in who moderate the six large channels, for loads with many users (each has a bucket of points of its own). */
export function streamersOf(channels: readonly Channel[], moderators: number): readonly Streamer[] {
  const large = channels.slice(0, 6).map(({ id }) => id);
  return [
    ...channels.map(({ id, login }) => ({ id, login, moderates: [] })),
    // More channels than two pages hold.
    { id: '9000', login: 'busy_moderator', moderates: channels.map(({ id }) => id) },
    ...Array.from({ length: moderators }, (_, i) => ({
      id: String(9001 + i),
      login: `moderator_${i + 1}`,
      moderates: large,
    })),
  ];
}
