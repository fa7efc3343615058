import { createSchema, createYoga } from 'graphql-yoga';
import { DIRECTIVES_SDL, openRegion, useLastmile } from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';

const cleanup = cleanupAfterEach();

/** A server whose products have no id for as long as that is said, with the plugin in it or without. */
function serverOf(failing: { id: boolean; calls: number }, isCached: boolean) {
  const schema = createSchema({
    typeDefs: [
      DIRECTIVES_SDL,
      'type Query { product(n: Int): Product @cacheControl(maxAge: 60) } type Product { id: ID! name: String }',
    ],
    resolvers: {
      Query: {
        product: () => {
          failing.calls++;
          return { name: 'Chair' };
        },
      },
      Product: {
        id: () => {
          if (failing.id) throw new Error('id service is down');
          return '1';
        },
      },
    },
  });
  const plugins = isCached ? [useLastmile({ region: cleanup.add(openRegion()) })] : [];
  const yoga = createYoga({ schema, plugins, logging: false, maskedErrors: false });
  return async (query: string) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query });
    const response = await yoga.fetch('http://shop/graphql', { method: 'POST', headers, body });
    return {
      text: await response.text(),
      cacheStatus: response.headers.get('cache-status')?.replace(/^\S+ /, ''),
    };
  };
}

describe('P64 what the plugin adds to a query', () => {
  it('does not show where it fails, and takes nothing with it', async () => {
    const failing = { id: true, calls: 0 };
    const [ask, directly] = [serverOf(failing, true), serverOf({ id: true, calls: 0 }, false)];
    const query = '{ product { name } }';
    for (const calls of [2, 3]) {
      const { text } = await directly(query);
      expect(await ask(query)).toEqual({ text, cacheStatus: 'fwd=uri-miss; detail=untagged' });
      expect(failing.calls).toBe(calls);
    }
    failing.id = false;
    expect((await ask('{ product(n: 2) { name } }')).cacheStatus).toBe('fwd=uri-miss; stored');
  });

  it("leaves a client's own error as it is, and has it asked for once", async () => {
    const failing = { id: true, calls: 0 };
    const [ask, directly] = [serverOf(failing, true), serverOf({ id: true, calls: 0 }, false)];
    const query = '{ product { id name } }';
    const without = (text: string) =>
      JSON.parse(text, (key, value) => (key === 'locations' ? undefined : value));
    expect(without((await ask(query)).text)).toEqual(without((await directly(query)).text));
    expect(failing.calls).toBe(1);
  });
});
