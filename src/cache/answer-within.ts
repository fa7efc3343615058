/** What an answer that did not come in time is rejected with. One for all: it needs no stack of its own. */
export const TIMED_OUT = new Error('no answer in time');

/**
 * Waits so long for an answer, and no longer. When the time is over it looks at the network once more: after this
 * process itself was busy for longer than the time-out, timers fire before what arrived meanwhile is read, and every
 * call would be taken for a fault of the other side.
 * @param milliseconds from now
 * @throws TIMED_OUT, or what the answer was rejected with
 */
export function answerWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(reject, TIMED_OUT), milliseconds);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
