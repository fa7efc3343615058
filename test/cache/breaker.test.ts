import * as fc from 'fast-check';
import { Breaker } from '../../src/cache/breaker';

describe('a breaker', () => {
  it('opens after so many faults in a row, and not when one in between goes well', () => {
    const breaker = new Breaker({ faults: 3, rest: 100 });
    for (const well of [false, false, true, false, false]) breaker.settle(breaker.ask(0), well, 0);
    expect(breaker.isOpen).toBe(false);
    breaker.settle(breaker.ask(0), false, 0);
    expect(breaker.isOpen).toBe(true);
    expect(breaker.ask(99)).toBe('stop');
  });

  it('admits one trial after the rest; one that fails opens it for another rest, one that goes well closes it', () => {
    const breaker = new Breaker({ faults: 1, rest: 100 });
    breaker.settle(breaker.ask(0), false, 0);
    expect([breaker.ask(100), breaker.ask(100), breaker.ask(1000)]).toEqual(['trial', 'stop', 'stop']);
    breaker.settle('trial', false, 150);
    expect([breaker.ask(249), breaker.ask(250)]).toEqual(['stop', 'trial']);
    breaker.settle('trial', true, 260);
    expect([breaker.isOpen, breaker.ask(260)]).toEqual([false, 'go']);
  });

  it('is not moved by calls that were on their way when it opened', () => {
    const breaker = new Breaker({ faults: 1, rest: 100 });
    const early = [breaker.ask(0), breaker.ask(0), breaker.ask(0)];
    breaker.settle(early[0]!, false, 0);
    breaker.settle(early[1]!, true, 50);
    expect(breaker.isOpen).toBe(true);
    breaker.settle(early[2]!, false, 90);
    expect(breaker.ask(100)).toBe('trial');
  });

  it('never has two trials under way, and always admits one in the end', () => {
    const step = fc.record({ wait: fc.nat(60), well: fc.boolean(), late: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const breaker = new Breaker({ faults: 2, rest: 50 });
        let now = 0;
        let trial = false;
        for (const { wait, well, late } of steps) {
          now += wait;
          const admission = breaker.ask(now);
          if (admission === 'trial') expect(trial).toBe(false);
          if (admission === 'trial' && late) trial = true;
          else breaker.settle(admission, well, now);
        }
        if (trial) breaker.settle('trial', false, now);
        expect(breaker.ask(now + 50)).not.toBe('stop');
      }),
    );
  });
});
