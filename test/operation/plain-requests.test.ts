import { PlainRequests } from '../../src/operation/plain-requests';

describe('the requests that upstream is asked plainly', () => {
  it('are remembered for ten seconds', () => {
    const plain = new PlainRequests();
    plain.add('one', 1000);
    expect(plain.has('one', 10_999)).toBe(true);
    expect(plain.has('other', 1000)).toBe(false);
    expect(plain.has('one', 11_000)).toBe(false);
  });

  it('are no more than a hundred for an operation, the newest', () => {
    const plain = new PlainRequests();
    for (let each = 0; each < 1000; each++) plain.add(String(each), 0);
    const remembered = Array.from({ length: 1000 }, (_, each) => plain.has(String(each), 1));
    expect(remembered.filter(Boolean).length).toBe(100);
    expect(remembered[999]).toBe(true);
  });
});
