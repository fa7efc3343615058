import { buildSchema, GraphQLSchema } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { createInProcessUpstream } from '../../src/upstream/in-process-upstream';
import { PATIENCE, within } from '../kit/until';
import { collect, fault, request, single } from './ask';

let ended = 0;

const schema = createSchema<{ user: string; headers: Record<string, string> }>({
  typeDefs: `
    type Query { add(a: Int!, b: Int = 10): Int! who: String crash: Int }
    type Mutation { touch: Boolean }
    type Subscription { count: Int silence: Int broken: Int }`,
  resolvers: {
    Query: {
      add: (_root, { a, b }: { a: number; b: number }) => a + b,
      who: (_root, _args, { user, headers }) => `${user} speaks ${headers['accept-language']}`,
      crash: () => {
        throw new Error('password=secret');
      },
    },
    Mutation: { touch: () => true },
    Subscription: {
      count: {
        async *subscribe() {
          yield { count: 1 };
          yield { count: 2 };
        },
      },
      broken: {
        subscribe: () => {
          let count = 0;
          return {
            [Symbol.asyncIterator]: () => ({
              next: () =>
                count++ === 0
                  ? Promise.resolve({ done: false, value: { broken: 1 } })
                  : Promise.reject(new Error('lost')),
            }),
          };
        },
      },
      silence: {
        subscribe: () => ({
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise(() => {}),
            return: () => Promise.resolve({ done: true, value: ended++ }),
          }),
        }),
      },
    },
  },
});

const upstream = createInProcessUpstream(schema);

describe('an executable schema', () => {
  it('coerces variables and applies defaults', async () => {
    const answer = await upstream.execute(
      request('query Q($a: Int!, $b: Int = 5) { add(a: $a, b: $b) }', { variables: { a: 1 } }),
    );
    expect(answer).toMatchObject({ answered: true, headers: {}, result: { data: { add: 6 } } });
  });

  it('answers variables of the wrong type with an error', async () => {
    const answer = await upstream.execute(
      request('query Q($a: Int!) { add(a: $a) }', { variables: { a: 'one' } }),
    );
    expect(answer.answered).toBe(true);
    expect(single(answer)).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('$a') as string,
          extensions: { http: { status: 400, spec: true } },
        },
      ],
    });
    expect(single(answer).data).toBeUndefined();
  });

  it('gives resolvers the context and the headers', async () => {
    const answer = await upstream.execute(
      request('{ who }', { context: { user: 'Ada' }, headers: { 'accept-language': 'de' } }),
    );
    expect(single(answer).data).toEqual({ who: 'Ada speaks de' });
  });

  it('runs mutations', async () => {
    expect(single(await upstream.execute(request('mutation { touch }'))).data).toEqual({ touch: true });
  });

  it('keeps what a resolver threw behind its error, so that it can be masked, and drops locations', async () => {
    const { errors } = single(await upstream.execute(request('{ crash }')));
    expect(errors![0]!.originalError).toMatchObject({ message: 'password=secret' });
    expect(errors![0]!.path).toEqual(['crash']);
    expect(errors![0]!.locations).toBeUndefined();
  });

  it('never rejects, not even when the schema is none', async () => {
    const broken = createInProcessUpstream(new GraphQLSchema({}));
    expect(fault(await broken.execute(request('{ a }')))).toEqual({
      answered: false,
      code: 'INTERNAL',
      status: 500,
    });
  });

  it('answers a field without a resolver with null', async () => {
    const bare = createInProcessUpstream(buildSchema('type Query { a: Int }'));
    expect(single(await bare.execute(request('{ a }'))).data).toEqual({ a: null });
  });

  it('passes a subscription on', async () => {
    const answer = await upstream.execute(request('subscription { count }'));
    expect(await collect(answer)).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }]);
  });

  it('ends a subscription with an error when its source fails', async () => {
    const answer = await upstream.execute(request('subscription { broken }'));
    expect(await collect(answer)).toMatchObject([{ data: { broken: 1 } }, { errors: [{ message: 'lost' }] }]);
  });

  it('ends the source of a subscription at once', async () => {
    const answer = await upstream.execute(request('subscription { silence }'));
    const results = (answer.result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    const pending = results.next();
    pending.catch(() => undefined);
    await within(PATIENCE, 'the stream has ended', results.return!());
    expect(ended).toBe(1);
  });
});
