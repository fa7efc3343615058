import { setImmediate as turn } from 'node:timers/promises';
import { AS_USUAL, decodeOrder, encodeOrder, type CacheOrder } from '../../src/purge/cache-order';
import { CacheSwitch } from '../../src/purge/cache-switch';

/** A primary that a test holds: what it keeps, whether it can be reached. */
function holdPrimary() {
  const primary = { held: AS_USUAL, isAway: false, asked: 0 };
  const keepOrder = async (order: CacheOrder): Promise<CacheOrder> => {
    primary.asked++;
    await turn();
    if (primary.isAway) throw new Error('away');
    if (order.number > primary.held.number) primary.held = order;
    return primary.held;
  };
  return { primary, open: () => new CacheSwitch({ keepOrder }) };
}

describe('the switch for the cache', () => {
  it('holds here at once, and at the primary once it resolves', async () => {
    const { primary, open } = holdPrimary();
    const one = open();
    const done = one.change({ serve: false });
    expect([one.current.serve, primary.held.serve]).toEqual([false, true]);
    await done;
    expect([primary.held.serve, one.pending]).toEqual([false, []]);
  });

  it('joins changes given at the same time at two gateways', async () => {
    const { primary, open } = holdPrimary();
    const [one, other] = [open(), open()];
    await Promise.all([
      one.change({ serve: false, operations: ['A'] }),
      other.change({ serve: false, operations: ['B*'] }),
      other.change({ serve: false }),
    ]);
    one.learn(primary.held);
    for (const { current } of [one, other]) {
      expect([...current.without].sort()).toEqual(['A', 'B*']);
      expect(current.serve).toBe(false);
    }
  });

  it('tries again what the primary did not take down, as soon as it answers', async () => {
    const { primary, open } = holdPrimary();
    const one = open();
    primary.isAway = true;
    await expect(one.change({ serve: false })).rejects.toThrow('away');
    expect([one.current.serve, one.pending.length]).toEqual([false, 1]);
    primary.isAway = false;
    one.learn(primary.held);
    expect(one.current.serve).toBe(false);
    await turn();
    await turn();
    expect([primary.held.serve, one.pending]).toEqual([false, []]);
  });

  it('gives a primary that has lost an order the order again', async () => {
    const { primary, open } = holdPrimary();
    const one = open();
    await one.change({ serve: false });
    primary.held = AS_USUAL;
    one.learn(primary.held);
    await turn();
    await turn();
    expect(primary.held).toEqual(one.current);
    expect(one.current.serve).toBe(false);
  });

  it('leaves it to the first process to have the primary take down what is pending', async () => {
    const { primary, open } = holdPrimary();
    const worker = open();
    worker.follow(AS_USUAL, [{ serve: false }]);
    worker.learn(AS_USUAL);
    await turn();
    expect([worker.current.serve, primary.asked]).toEqual([false, 0]);
    worker.follow({ number: 1, serve: false, without: [] }, []);
    worker.learn({ number: 2, serve: true, without: [] });
    expect(worker.current.serve).toBe(true);
  });

  it('is switched on without what was switched off by name', async () => {
    const one = holdPrimary().open();
    await one.change({ serve: false, operations: ['Checkout*'] });
    await one.change({ serve: false });
    await one.change({ serve: true });
    expect(one.current).toMatchObject({ serve: true, without: ['Checkout*'] });
    await one.change({ serve: true, operations: ['Checkout*'] });
    expect(one.current.without).toEqual([]);
  });

  it('tells of each change once, and is the same object in between', async () => {
    const { primary, open } = holdPrimary();
    const one = open();
    let told = 0;
    one.onChange(() => told++);
    primary.held = { number: 3, serve: false, without: [] };
    one.learn(primary.held);
    const { current } = one;
    one.learn(decodeOrder(encodeOrder(primary.held)));
    expect([told, one.current]).toEqual([1, current]);
    expect(one.current).toBe(current);
  });
});

describe('an order as the primary holds it', () => {
  it('is read as it was written', () => {
    const order: CacheOrder = { number: 7, serve: false, without: ['A', 'B*'] };
    expect(decodeOrder(encodeOrder(order))).toEqual(order);
    expect(decodeOrder(null)).toEqual(AS_USUAL);
  });

  it.each(['', 'off', '7', '7 {', '7 {"serve":1}', '7 {"serve":true,"without":["a b"]}', '7 null'])(
    'switches the cache off where it cannot be read: %j',
    (text) => {
      expect(decodeOrder(text)).toMatchObject({ number: text.startsWith('7 ') ? 7 : 0, serve: false });
    },
  );
});
