import { reportRegion } from '../../src/server/region-report';

function listen() {
  const told: string[] = [];
  const write = (level: string) => (_: object, text: string) => void told.push(`${level} ${text}`);
  const log = { debug: write('debug'), info: write('info'), warn: write('warn') };
  return { told, tell: reportRegion(log as never) };
}

it('says of a start, as news, only that the region is proven', () => {
  const { told, tell } = listen();
  tell('starting', 'not-asked');
  tell('starting', 'copy-behind');
  tell('proven', 'current');
  expect(told).toEqual([
    'debug the region is starting: not-asked',
    'debug the region is starting: copy-behind',
    'info the region is proven: current',
  ]);
});

it('warns once when nothing is answered from the cache any more', () => {
  const { told, tell } = listen();
  tell('proven', 'current');
  tell('unproven', 'copy-behind');
  tell('unproven', 'primary-unreachable');
  tell('proven', 'current');
  tell('unproven', 'copy-behind');
  expect(told.map((line) => line.split(' ', 1)[0])).toEqual(['info', 'warn', 'info', 'info', 'warn']);
  expect(told[1]).toBe(
    'warn the region is unproven (copy-behind): until it is proven again nothing is answered from the cache',
  );
});
