import { leavesOf } from '../../src/suggest/leaves';
import { knowledgeOf, operationOf } from '../gateway/parts/parts-of';

const knowledge = knowledgeOf(`
  scalar JSON
  type Query { posts: [Post] me: User }
  type Post { id: ID! title: String more: JSON }
  type User { name: String }
`);

const leaves = (text: string, data: unknown) =>
  leavesOf(operationOf(knowledge, text), Buffer.from(JSON.stringify({ data })));

describe('the leaves of an answer', () => {
  it('are its values by their path, in the order of the answer, whichever fragments asked for them', () => {
    const text = '{ posts { id ...Title } me { name } } fragment Title on Post { t: title }';
    const posts = [
      { id: '1', t: 'one' },
      { id: '2', t: null },
    ];
    expect(leaves(text, { posts, me: null })).toEqual(
      new Map([
        ['posts.id', '"1","2"'],
        ['posts.t', '"one",null'],
        ['me', 'null'],
      ]),
    );
    expect(leaves(text, { posts: [], me: { name: 'ada' } })).toEqual(
      new Map([
        ['posts', '[]'],
        ['me.name', '"ada"'],
      ]),
    );
  });

  it('never have what a scalar holds as a name', () => {
    const data = { posts: [{ more: { secret: 1, title: 2 } }], me: { name: 'ada' } };
    expect([...leaves('{ posts { more } me { name } }', data)!.keys()]).toEqual(['posts.more', 'me.name']);
  });

  it('are not told of an answer that is one, or has too many', () => {
    expect(leaves('{ me { name } }', { me: { name: 'ada' } })).toBeUndefined();
    const many = Array.from({ length: 101 }, (_, index) => `a${index}: name`);
    const me = Object.fromEntries(many.map((_, index) => [`a${index}`, 'ada']));
    expect(leaves(`{ me { ${many.join(' ')} } }`, { me })).toBeUndefined();
  });
});
