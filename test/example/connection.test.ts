import * as fc from 'fast-check';
import { pageOf, type Connection } from '../../src/example/query';
import { askExample } from './ask';

describe('pageOf', () => {
  it('yields every row once, in order, whatever the size of the pages', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (ids, first) => {
          const rows = ids.map((id) => ({ id }));
          const seen: string[] = [];
          let after: string | null = null;
          for (;;) {
            const page: Connection<{ id: string }> = pageOf(rows, first, after);
            expect(page.totalCount).toBe(rows.length);
            expect(page.edges.length).toBeLessThanOrEqual(first);
            expect(page.pageInfo.hasPreviousPage).toBe(seen.length > 0);
            seen.push(...page.edges.map((edge) => edge.node.id));
            expect(page.pageInfo.hasNextPage).toBe(seen.length < rows.length);
            if (!page.pageInfo.hasNextPage) break;
            after = page.pageInfo.endCursor;
          }
          expect(seen).toEqual(ids.filter((id) => id.isWellFormed() || seen.includes(id)));
          expect(seen).toHaveLength(ids.length);
        },
      ),
    );
  });

  it('has no cursors for an empty page', () => {
    expect(pageOf([], 10)).toEqual({
      totalCount: 0,
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});

describe('reviews', () => {
  const query = `query ($first: Int!, $after: String, $country: ID) {
    reviews(first: $first, after: $after, country: $country) {
      totalCount edges { cursor node { id country { code } } } pageInfo { hasNextPage endCursor }
    }
  }`;

  it('leads through all pages, the latest review first', async () => {
    const ask = askExample();
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const { data } = await ask(query, undefined, { first: 100, after });
      ids.push(...data.reviews.edges.map((edge: { node: { id: string } }) => edge.node.id));
      after = data.reviews.pageInfo.hasNextPage ? data.reviews.pageInfo.endCursor : undefined;
    } while (after !== undefined);
    expect(ids).toEqual(Array.from({ length: 360 }, (_, index) => `review-${360 - index}`));
  });

  it('keeps its place when a review is added in front', async () => {
    const ask = askExample();
    const before = await ask(query, undefined, { first: 2 });
    await ask(
      'mutation { createReview(input: { authorId: "traveller-1", country: "PT", rating: 5 }) { review { id } } }',
    );
    const next = await ask(query, undefined, { first: 1, after: before.data.reviews.pageInfo.endCursor });
    expect(next.data.reviews.edges[0].node.id).toBe('review-358');
    expect(next.data.reviews.totalCount).toBe(361);
  });

  it('narrows to one country', async () => {
    const ask = askExample();
    const all = await ask(query, undefined, { first: 1 });
    const { code } = all.data.reviews.edges[0].node.country;
    const { data } = await ask(query, undefined, { first: 100, country: code });
    expect(data.reviews.totalCount).toBe(data.reviews.edges.length);
    for (const edge of data.reviews.edges) expect(edge.node.country.code).toBe(code);
  });

  it('refuses a cursor that is none', async () => {
    const { errors } = await askExample()(query, undefined, { first: 1, after: 'not a cursor' });
    expect(errors).toEqual([{ message: '`after` is not a cursor of this list.', code: 'BAD_USER_INPUT' }]);
  });
});
