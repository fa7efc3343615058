import { asking, knowledgeOf } from './harness';

const changes = (tags: readonly string[]) => tags.filter((tag) => tag.startsWith('~')).join(' ');

const knowledge = knowledgeOf(`
  type Product { id: ID! title: String! price: Int! inventory: Int! reviews: [Review!]! variants: [Variant!]! }
  type Review { id: ID! stars: Int! verified: Boolean! product: Product! }
  type Variant { id: ID! product: Product! stocks: [Stock!]! }
  type Stock { id: ID! quantity: Int! variant: Variant! }
  enum ProductOrder { PRICE_ASC INVENTORY_DESC }
  input ProductFilter { inventory: Int price: Int stars: Int }
  type Query {
    products(
      first: Int minStars: Int onlyVerified: Boolean minPrice: Int inventoryBelow: Int orderBy: ProductOrder
      filter: ProductFilter since: String
    ): [Product!]!
    review(id: ID!): Review
  }
  type Mutation { updateProduct(id: ID!, title: String, price: Int): Product }
`);

const tags = (args: string) =>
  changes(asking(knowledge, `{ products(${args}) { title } }`, {}, { products: [] }).tags);

describe('an argument of a list that names', () => {
  it.each([
    ['P18 what only the objects beyond have', 'minStars: 3', '~Review'],
    ['P18 the same, to be switched on', 'onlyVerified: true', '~Review'],
    ['P18 the same in a filter', 'filter: { stars: 3 }', '~Review'],
    ['P18 a value that is computed from others', 'filter: { inventory: 3 }', '~Stock'],
    ['P18 a limit to such a value', 'inventoryBelow: 3', '~Stock'],
    ['P18 an order by such a value', 'orderBy: INVENTORY_DESC', '~Stock'],
    ['a limit to a value of its own', 'minPrice: 3', ''],
    ['an order by a value of its own', 'orderBy: PRICE_ASC', ''],
    ['a page', 'first: 3', ''],
    ['a time', 'since: "2026"', ''],
  ])('%s', (_, args, expected) => {
    expect(tags(args)).toBe(expected);
  });
});
