import { Audience } from '../../src/cache/single-flight';

/** A client that can go away. */
class Client {
  leave: () => void = () => {};
  readonly onAbort = (callback: () => void): void => {
    this.leave = callback;
  };
}

function audienceOf(...clients: (Client | undefined)[]): { audience: Audience; told: () => number } {
  const audience = new Audience();
  let told = 0;
  audience.addEventListener('abort', () => told++);
  for (const client of clients) audience.add(client?.onAbort);
  return { audience, told: () => told };
}

it('is told once the last of those who wait has gone away', () => {
  const [first, second] = [new Client(), new Client()];
  const { audience, told } = audienceOf(first, second);
  first.leave();
  expect([audience.aborted, told()]).toEqual([false, 0]);
  second.leave();
  expect([audience.aborted, told()]).toEqual([true, 1]);
});

it('is never told while one waits who stays to the end', () => {
  const client = new Client();
  const { audience, told } = audienceOf(client, undefined);
  client.leave();
  expect([audience.aborted, told()]).toEqual([false, 0]);
});
