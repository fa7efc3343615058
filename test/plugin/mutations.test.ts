import { makeExecutableSchema } from '@graphql-tools/schema';
import { getOperationAST, GraphQLError, type ExecutionArgs } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { DIRECTIVES_SDL, openRegion, useLastmile, type LastmileOptions } from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const SDL = `
  type Query { product(id: ID!): Product user(id: ID!): User review(id: ID!): Review }
  type Product @cacheControl(maxAge: 60) { id: ID! averageStars: Int! }
  type User @cacheControl(maxAge: 60) { id: ID! reviewCount: Int! }
  type Review @cacheControl(maxAge: 60) { id: ID! product: Product! author: User! editor: User }
  type Mutation { addReview: Review! rename: Product refuse: Product! puzzle: Boolean touch(id: ID!): Product }`;
const reads = [
  '{ product(id: 1) { averageStars } }',
  '{ user(id: 1) { reviewCount } }',
  '{ product(id: 2) { averageStars } }',
  '{ user(id: 2) { reviewCount } }',
];
const fail = (message: string, code?: string) => () => {
  throw new GraphQLError(message, code === undefined ? {} : { extensions: { code } });
};

interface Answer {
  readonly data?: unknown;
  readonly errors?: { readonly message: string; readonly path?: unknown[] }[];
  readonly cacheStatus: string;
  readonly token: string | null;
}

/** A Yoga server whose resolvers may be replaced, with the plugin in it. @param throws its executor does, for mutations */
function start(
  roots: Record<string, unknown> = {},
  options: Partial<LastmileOptions<object>> = {},
  throws = false,
) {
  const region = openRegion({ upstreamTimeoutMs: 1000 });
  cleanup.later(() => region.close());
  const product = ({ id }: { id: string }) => ({ id, averageStars: 1 });
  const user = ({ id }: { id: string }) => ({ id, reviewCount: 1 });
  const review = () => ({ id: '7', product: product({ id: '1' }), author: user({ id: '1' }), editor: null });
  const silent: string[] = [];
  const resolving: Plugin = {
    onExecute({ args, executeFn, setExecuteFn }) {
      args.rootValue = { product, user, review, addReview: review, puzzle: true, ...roots };
      setExecuteFn((all: ExecutionArgs) => {
        const isMutation = getOperationAST(all.document, all.operationName)?.operation === 'mutation';
        if (throws && isMutation) throw new Error('the connection broke');
        return executeFn(all) as unknown;
      });
    },
  };
  const lastmile = useLastmile<object>({
    region,
    hasCredentials: () => false,
    silentMutation: (field) => silent.push(field),
    ...options,
  });
  const yoga = createYoga({
    schema: makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, SDL] }),
    logging: false,
    maskedErrors: false,
    plugins: [resolving, lastmile],
  });
  const ask = async (query: string): Promise<Answer> => {
    const response = await yoga.fetch('http://shop/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
    const cacheStatus = response.headers.get('cache-status') ?? '';
    return { data, ...(errors && { errors }), cacheStatus, token: response.headers.get('lastmile-token') };
  };
  const keep = async () => {
    for (const read of reads) await ask(read);
    for (const read of reads) expect((await ask(read)).cacheStatus).toContain('; hit');
  };
  const refused = async () => {
    const statuses = [];
    for (const read of reads) statuses.push((await ask(read)).cacheStatus);
    return statuses.flatMap((status, index) => (status.includes('; hit') ? [] : [index]));
  };
  return { ask, keep, refused, silent, region };
}

describe('mutations in a server with the plugin', () => {
  it.each(['{ id }', '{ id product { id } author { reviewCount } }', '{ product { id } author { id } }'])(
    'P24 purge the same however much was selected: %s',
    async (set) => {
      const { ask, keep, refused } = start();
      await keep();
      expect((await ask(`mutation { addReview ${set} }`)).errors).toBeUndefined();
      expect(await refused()).toEqual([0, 1]);
    },
  );

  it('purge all of the types that cannot be asked for', async () => {
    const { ask, keep, refused } = start({ review: fail('not now') });
    await keep();
    await ask('mutation { addReview { id } }');
    expect(await refused()).toEqual([0, 1, 2, 3]);
  });

  it('say of an object whose key failed that it failed, and purge all of its type', async () => {
    const { ask, keep, refused } = start({ rename: { averageStars: 1, id: fail('the ids are down') } });
    await keep();
    const { data, errors } = await ask('mutation { rename { averageStars } }');
    expect(data).toEqual({ rename: null });
    expect(errors).toMatchObject([{ message: 'the ids are down', path: ['rename'] }]);
    expect(await refused()).toEqual([0, 2]);
  });

  it('say nothing of what failed for the cache only', async () => {
    const review = { id: '7', product: { id: '1' }, author: { id: '1' }, editor: fail('no editor today') };
    const { ask, keep, refused } = start({ addReview: review });
    await keep();
    expect(await ask('mutation { addReview { id } }')).toMatchObject({ data: { addReview: { id: '7' } } });
    expect((await ask('mutation { addReview { id } }')).errors).toBeUndefined();
    expect(await refused()).toEqual([0, 1, 3]);
  });

  it('P38 purge nothing where the variables are no values of their types', async () => {
    const { ask, keep, refused } = start();
    await keep();
    const answer = await ask('mutation M($id: ID!) { touch(id: $id) { id } }');
    expect(answer.errors).toHaveLength(1);
    expect(answer.token).toBeNull();
    expect(await refused()).toEqual([]);
  });

  it('P26 purge again and again where the executor threw: a server that it called may go on', async () => {
    let stars = 1;
    const product = ({ id }: { id: string }) => ({ id, averageStars: stars });
    const { ask } = start({ product }, {}, true);
    expect((await ask('mutation { rename { id } }')).errors).toBeDefined();
    expect((await ask(reads[0]!)).data).toEqual({ product: { averageStars: 1 } });
    stars = 2;
    await until('the change is seen', async () => JSON.stringify((await ask(reads[0]!)).data).includes('2'));
  });

  it('P06 purge where a resolver says that it did not run: it may have', async () => {
    const { ask, keep, refused } = start({ refuse: fail('no', 'FORBIDDEN') });
    await keep();
    expect((await ask('mutation { refuse { id } }')).token).not.toBeNull();
    expect(await refused()).toEqual([0, 2]);
  });

  it.each<[Partial<LastmileOptions<object>>, number[]]>([
    [{}, []],
    [{ unknownMutations: 'all' }, [0, 1, 2, 3]],
  ])('purge what the operator wants where nothing is known: %j', async (options, expected) => {
    const { ask, keep, refused, silent } = start({}, options);
    await keep();
    await ask('mutation { puzzle }');
    expect(silent).toEqual(['puzzle']);
    expect(await refused()).toEqual(expected);
  });
});
