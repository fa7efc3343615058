import { Outages, type Outage, type Place } from '../../src/report/outages';

const REDIS: Place = { name: 'Redis', address: 'a:1', variables: ['REDIS_URL'], help: 'Run it.' };
const OTHER: Place = { ...REDIS, address: 'b:2' };
const REFUSED = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
const LOADING = new Error('LOADING Redis is loading the dataset in memory');

function start() {
  const clock = { now: 0 };
  const told: string[] = [];
  const outages = new Outages({
    now: () => clock.now,
    begun: ({ place, cause }: Outage) => told.push(`${place.address} ${cause}`),
    over: ({ address }, lastedMs) => told.push(`${address} over ${lastedMs}`),
  });
  /** What was told since this was asked last. */
  const heard = () => told.splice(0);
  return { clock, outages, heard };
}

describe('an outage', () => {
  it('is told of once, whatever number of connections meet it, and again each minute', () => {
    const { clock, outages, heard } = start();
    const parts = ['copy', 'entries', 'worker 1', 'worker 2'].map((part) => outages.health(REDIS, part));
    for (clock.now = 0; clock.now < 150_000; clock.now += 50) for (const part of parts) part.failed(REFUSED);
    expect(heard()).toEqual(['a:1 ECONNREFUSED', 'a:1 ECONNREFUSED', 'a:1 ECONNREFUSED']);
  });

  it('is told of for each address and each cause', () => {
    const { outages, heard } = start();
    for (const place of [REDIS, OTHER])
      for (const error of [REFUSED, LOADING]) outages.health(place, 'copy').failed(error);
    expect(heard()).toEqual(['a:1 ECONNREFUSED', 'a:1 LOADING', 'b:2 ECONNREFUSED', 'b:2 LOADING']);
  });

  it('is over once for all, when every part that met it has been well for a while', () => {
    const { clock, outages, heard } = start();
    const [copy, entries] = [outages.health(REDIS, 'copy'), outages.health(REDIS, 'entries')];
    copy.failed(REFUSED);
    clock.now = 500;
    entries.failed(REFUSED);
    clock.now = 1_900;
    copy.well();
    entries.well();
    expect(heard()).toEqual(['a:1 ECONNREFUSED']);
    clock.now = 2_000;
    copy.well();
    expect(heard()).toEqual([]);
    clock.now = 2_500;
    entries.well();
    entries.well();
    copy.well();
    expect(heard()).toEqual(['a:1 over 2500']);
  });

  it('that is none is told of each minute too, for all workers once, and has no end', () => {
    const { clock, outages, heard } = start();
    const foreign = Object.assign(new Error('none that a gateway with this secret made'), {
      code: 'FOREIGN',
    });
    for (; clock.now < 90_000; clock.now += 500)
      for (const part of ['entries', 'worker 1']) {
        const health = outages.health(REDIS, part);
        health.noticed(foreign);
        health.well();
      }
    expect(heard()).toEqual(['a:1 FOREIGN', 'a:1 FOREIGN']);
    outages.health(REDIS, 'copy').failed(REFUSED);
    clock.now += 3_000;
    outages.health(REDIS, 'copy').well();
    expect(heard()).toEqual(['a:1 ECONNREFUSED', 'a:1 over 3000']);
  });

  it('is one while it comes and goes', () => {
    const { clock, outages, heard } = start();
    const copy = outages.health(REDIS, 'copy');
    for (; clock.now < 59_000; clock.now += 1_000) {
      copy.failed(REFUSED);
      clock.now += 500;
      copy.well();
    }
    expect(heard()).toEqual(['a:1 ECONNREFUSED']);
  });

  it('is not told of twice within a minute when it comes back, nor its end then', () => {
    const { clock, outages, heard } = start();
    const copy = outages.health(REDIS, 'copy');
    for (let times = 0; times < 3; times++) {
      copy.failed(REFUSED);
      clock.now += 3_000;
      copy.well();
    }
    expect(heard()).toEqual(['a:1 ECONNREFUSED', 'a:1 over 3000']);
    clock.now = 60_000;
    copy.failed(REFUSED);
    expect(heard()).toEqual(['a:1 ECONNREFUSED']);
  });

  it('ends with the worker that met it', () => {
    const { clock, outages, heard } = start();
    outages.health(REDIS, 'worker 1').failed(REFUSED);
    clock.now = 10;
    outages.endAll('worker 1');
    expect(heard()).toEqual(['a:1 ECONNREFUSED', 'a:1 over 10']);
  });

  it('is not what a lost connection took with it: that says no cause', () => {
    const { outages, heard } = start();
    const copy = outages.health(REDIS, 'copy');
    copy.failed(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
    copy.failed(new Error('Connection is closed.'));
    copy.failed(new Error('UNBLOCKED force unblock from blocking operation, instance state changed'));
    expect(heard()).toEqual([]);
  });
});
