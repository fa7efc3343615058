import { envelop, useEngine, useSchema } from '@envelop/core';
import * as graphql from 'graphql';
import { openRegion, useLastmile } from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';
import { Shop } from '../kit/shop';

const cleanup = cleanupAfterEach();

it('works in an Envelop without Yoga, where the context has no request', async () => {
  const region = cleanup.add(openRegion());
  const shop = new Shop();
  const said: string[] = [];
  const getEnveloped = envelop({
    plugins: [
      useEngine({ ...graphql }),
      useSchema(shop.schema),
      useLastmile({
        region,
        defaultMaxAge: 60,
        observe: (status) => said.push(status.kind === 'hit' ? 'hit' : status.why),
      }),
    ],
  });
  const query = async (text: string) => {
    const { schema, parse, validate, contextFactory, execute } = getEnveloped({});
    const document = parse(text) as graphql.DocumentNode;
    expect(validate(schema, document)).toEqual([]);
    const contextValue: unknown = await contextFactory();
    return (await execute({ schema, document, contextValue })) as graphql.ExecutionResult;
  };
  const first = await query('{ products { name } }');
  expect(await query('{ products { name } }')).toEqual(JSON.parse(JSON.stringify(first)));
  await query('mutation { renameProduct(id: "1", name: "Renamed") { id } }');
  await query('{ products { name } }');
  // Somebody's credentials may be in a context that nobody can look into.
  await query('{ serial }');
  expect(said).toEqual(['absent', 'hit', 'mutation', 'purged', 'credentials']);
});
