/** Limits of a bus, and why they are as they are. */

/** Channels of one process: each is a few hundred bytes here, and one subscription to be made again after a lost connection. */
export const maxChannels = 10_000;
/** Subscribers of one channel in one process: all are called in one turn of the event loop. */
export const maxSubscribers = 1000;
/** Redis: the stamp of a channel on which nothing is published is forgotten after that; who comes back later is told a gap. */
export const stampKeptMs = 86_400_000;
/** SQLite: how often the file is looked at while anybody subscribes; 200 looks a second cost half a per mill of a core. */
export const lookEveryMs = 5;
/** SQLite: messages are kept for so long, and at most so many: who stood still for longer is told a gap. */
export const messageKeptMs = 10_000;
export const maxMessagesKept = 10_000;
/** SQLite: at 1 MiB a message the file would grow to 10 GB; who is so far behind is told a gap. */
export const maxBytesKept = 67_108_864;
