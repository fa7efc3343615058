import { expectReason } from './reason';

describe('the look at every Cache-Status', () => {
  it.each([
    ['no header', undefined],
    ['a hit', 'lastmile-local; hit; ttl=59'],
    ['a stale hit', 'lastmile-local; hit; ttl=-3; detail=expired'],
    ['a first miss', 'lastmile-local; fwd=uri-miss; stored'],
    ['a miss that was not stored', 'lastmile-local; fwd=uri-miss; detail=set-cookie'],
    ['another cache beside ours', 'lastmile-local; fwd=bypass; detail=no-policy, ExampleCDN; fwd=bypass'],
    ['two gateways', 'lastmile-iad; fwd=method; detail=mutation, lastmile-syd; fwd=method; detail=mutation'],
  ])('lets %s pass', (_, status) => {
    expect(() => expectReason(status)).not.toThrow();
  });

  it.each([
    ['no reason', 'lastmile-local; fwd=bypass'],
    [
      'no reason at one of two gateways',
      'lastmile-iad; fwd=method; detail=mutation, lastmile-syd; fwd=stale',
    ],
    ['a reason of its own', 'lastmile-local; fwd=bypass; detail=unknown'],
    ['a reason that every object has', 'lastmile-local; fwd=bypass; detail=constructor'],
    ['neither hit nor fwd', 'lastmile-local; stored'],
  ])('does not let %s pass', (_, status) => {
    expect(() => expectReason(status)).toThrow(status.split(', ').at(-1));
  });
});
