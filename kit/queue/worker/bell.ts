/** Tells workers, here and in other processes, that there is something to do. A message that is lost costs one poll, nothing else. */
import type { Bus, Subscription } from '../../state/index.ts';

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
  readonly #bus: Bus | undefined;
  readonly #channel: string;
  readonly #events: BellEvents;
  #subscription: Subscription | undefined;
  #ringing = false;
  #again = false;

  constructor(bus: Bus | undefined, queue: string, events: BellEvents) {
    this.#bus = bus;
    this.#channel = `queue ${queue}`;
    this.#events = events;
  }

  async listen(): Promise<void> {
    this.#subscription = await this.#bus?.subscribe(this.#channel, {
      message: (bytes) => this.#heard(bytes.toString()),
      // What was missed may have been a call to work; a job that is to be called off is seen at the next beat.
      gap: () => this.#events.work(),
    });
  }

  /** What is added while a message is on its way is told by one more. */
  ring(): void {
    this.#events.work();
    if (this.#bus === undefined) return;
    if (this.#ringing) this.#again = true;
    else void this.#publish(this.#bus);
  }

  due(inMs: number): void {
    this.#events.due(inMs);
    void this.#bus?.publish(this.#channel, `${dueWord}${inMs}`).catch(() => {});
  }

  cancel(id: number): void {
    this.#events.cancel(id);
    void this.#bus?.publish(this.#channel, `${cancelWord}${id}`).catch(() => {});
  }

  close(): void {
    this.#subscription?.close();
  }

  async #publish(bus: Bus): Promise<void> {
    this.#ringing = true;
    do {
      this.#again = false;
      await bus.publish(this.#channel, workWord).catch(() => {});
    } while (this.#again);
    this.#ringing = false;
  }

  #heard(message: string): void {
    if (message.startsWith(dueWord)) this.#events.due(Number(message.slice(dueWord.length)));
    else if (message.startsWith(cancelWord)) this.#events.cancel(Number(message.slice(cancelWord.length)));
    else this.#events.work();
  }
}
