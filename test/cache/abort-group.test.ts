import { AbortGroup } from '../../src/cache/single-flight';

/** A client that can go away. */
class Client {
  leave: () => void = () => {};
  readonly onAbort = (callback: () => void): void => {
    this.leave = callback;
  };
}

function audienceOf(...clients: (Client | undefined)[]): { group: AbortGroup; told: () => number } {
  const group = new AbortGroup();
  let told = 0;
  group.addEventListener('abort', () => told++);
  for (const client of clients) group.add(client?.onAbort);
  return { group, told: () => told };
}

it('is told once the last of those who wait has gone away', () => {
  const [first, second] = [new Client(), new Client()];
  const { group, told } = audienceOf(first, second);
  first.leave();
  expect([group.aborted, told()]).toEqual([false, 0]);
  second.leave();
  expect([group.aborted, told()]).toEqual([true, 1]);
});

it('is never told while one waits who stays to the end', () => {
  const client = new Client();
  const { group, told } = audienceOf(client, undefined);
  client.leave();
  expect([group.aborted, told()]).toEqual([false, 0]);
});
