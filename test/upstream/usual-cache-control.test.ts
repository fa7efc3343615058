import { DefaultCacheControl } from '../../src/upstream/storage-hints';
import type { UpstreamAnswer } from '../../src/upstream/upstream';

it('asks an upstream that refuses to say what it says of every answer only now and then', async () => {
  let asked = 0;
  let now = 0;
  const answers: UpstreamAnswer = { result: { errors: [] }, headers: {}, answered: true, status: 400 };
  const upstream = {
    execute: () => Promise.resolve((asked++, answers)),
    close: () => Promise.resolve(),
  };
  const usual = new DefaultCacheControl(upstream, () => now);
  await usual.learn();
  for (let answer = 0; answer < 100; answer++) {
    expect(usual.value).toBeUndefined();
    await Promise.resolve();
  }
  expect(asked).toBe(1);
  now = 10_000;
  expect(usual.value).toBeUndefined();
  expect(asked).toBe(2);
});
