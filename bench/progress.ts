/** What is being run and how long it still takes: one line on a terminal that is overwritten, nothing in a pipe. */
export interface Progress {
  step(text: string): void;
  end(): void;
}

export function startProgress(steps: number, stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { step() {}, end() {} };
  const startMs = performance.now();
  let done = 0;
  return {
    step(text) {
      const perStepMs = (performance.now() - startMs) / done;
      const left = done === 0 ? '' : `, ${timeLeft(perStepMs * (steps - done))} left`;
      stream.write(`\r\x1b[K${done + 1} of ${steps}${left}: ${text}`.slice(0, (stream.columns || 80) + 3));
      done++;
    },
    end() {
      stream.write('\r\x1b[K');
    },
  };
}

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}
