import { Catalogue } from '../../src/operation/catalogue';
import type { Operation } from '../../src/operation/operation';
import { knowledgeOf, WIDE } from '../answer/harness';

const before = knowledgeOf('type Query { a: Int b: Int }');
const after = knowledgeOf('type Query { a: Int b: String c: Int }');

describe('after another schema', () => {
  const unsettled = (text: string): number => {
    const catalogue = new Catalogue(after, WIDE, 2 ** 20);
    catalogue.former = { ...before, until: 5 };
    return (catalogue.find(text, undefined) as Operation).unsettledUntil;
  };

  it.each([
    ['depends on what has changed', '{ b }', 5],
    ['depends on nothing that has changed', '{ a }', -Infinity],
    ['was not valid before', '{ b c }', -Infinity],
  ])('what %s: %s is unsettled until %s', (_, text, until) => {
    expect(unsettled(text)).toBe(until);
  });
});
