/** Tells workers, here and in other processes, that there is something to do. A message that is lost costs one poll, nothing else. */
import type { Wire } from './wire.ts';

export interface BellEvents {
  work(): void;
  cancel(id: number): void;
  /** A job will be due then; it may be the next one. */
  due(inMs: number): void;
}

const dueWord = 'due ';
const cancelWord = 'cancel ';
const workWord = 'work';

export class Bell {
  readonly #wire: Wire | undefined;
  readonly #events: BellEvents;
  #stop: (() => void) | undefined;
  #ringing = false;
  #again = false;

  constructor(wire: Wire | undefined, events: BellEvents) {
    this.#wire = wire;
    this.#events = events;
  }

  /** Whether anybody outside of this process is told. */
  get rings(): boolean {
    return this.#wire !== undefined;
  }

  async listen(): Promise<void> {
    this.#stop = await this.#wire?.listen({
      message: (text) => this.#heard(text),
      // What was missed may have been a call to work; a job that is to be called off is seen at the next beat.
      gap: () => this.#events.work(),
    });
  }

  /** What is added while a message is on its way is told by one more. */
  ring(): void {
    this.#events.work();
    if (this.#wire === undefined) return;
    if (this.#ringing) this.#again = true;
    else void this.#publish(this.#wire);
  }

  due(inMs: number): void {
    this.#events.due(inMs);
    void this.#wire?.send(`${dueWord}${inMs}`).catch(() => {});
  }

  cancel(id: number): void {
    this.#events.cancel(id);
    void this.#wire?.send(`${cancelWord}${id}`).catch(() => {});
  }

  close(): void {
    this.#stop?.();
  }

  async #publish(wire: Wire): Promise<void> {
    this.#ringing = true;
    do {
      this.#again = false;
      await wire.send(workWord).catch(() => {});
    } while (this.#again);
    this.#ringing = false;
  }

  #heard(message: string): void {
    if (message.startsWith(dueWord)) this.#events.due(Number(message.slice(dueWord.length)));
    else if (message.startsWith(cancelWord)) this.#events.cancel(Number(message.slice(cancelWord.length)));
    else this.#events.work();
  }
}
