import { asking, knowledgeOf } from './harness';

/** The types any change of which refuses an answer: `~Stock`. */
const changes = (tags: readonly string[]) => tags.filter((tag) => tag.startsWith('~')).join(' ');

const knowledge = knowledgeOf(`
  interface Node { id: ID! }
  type Money { amount: String! currency: String! }
  type Offer { pricing: Pricing }
  type Pricing { onSale: Boolean range: PriceRange }
  type PriceRange { min: Money! max: Money! }
  type Product implements Node {
    id: ID! title: String! weight: Int! inventory: Int! reviewCount: Int! variantCount: Int! priceRange: PriceRange! isAvailable: Boolean!
    kind: Kind offer: Offer variants: [Variant!]! tags: [Tag!]! position: Int!
  }
  type Variant implements Node { id: ID! price: Money! product: Product! stocks: [Stock!]! }
  type Stock implements Node { id: ID! quantity: Int! variant: Variant! }
  type Kind implements Node { id: ID! name: String! taxRate: Float! }
  type Tag implements Node { id: ID! name: String! }
  type Cart implements Node { id: ID! note: String lines: [CartLine!]! total: Money! lineCount: Int! }
  type CartLine { quantity: Int! variant: Variant! }
  type Basket implements Node { id: ID! items: [BasketItem!]! total: Int! }
  type BasketItem implements Node { id: ID! quantity: Int! variant: Variant! }
  type Checkout { lines: [CheckoutLine!]! total: Int! }
  type CheckoutLine implements Node { id: ID! quantity: Int! variant: Variant! }
  type Shop { name: String! taxRate: Int! stockNames: [String!]! revenue: Money! openOrders: Int! }
  type Order implements Node { id: ID! total: Float! }
  type Bag { lines: [CartLine!]! total: Int! }
  type Query {
    node(id: ID!): Node
    product(id: ID!): Product
    products: [Product!]!
    variant(id: ID!): Variant
    stock(id: ID!): Stock
    tag(id: ID!): Tag
    kind(id: ID!): Kind
    cart(id: ID!): Cart
    order(id: ID!): Order
    basket(id: ID!): Basket
    checkout: Checkout
    bag: Bag
    shop: Shop!
  }
  input ProductInput { title: String weight: Int }
  type Mutation {
    updateProduct(id: ID!, input: ProductInput!): Product
    updateKind(id: ID!, taxRate: Float): Kind
    updateShop(name: String, taxRate: Int): Shop
    updateOrder(id: ID!, total: Float): Order
  }
`);

const money = { amount: '1.00', currency: 'EUR' };
const product = {
  id: 1,
  title: 'A',
  weight: 1,
  position: 1,
  inventory: 1,
  reviewCount: 1,
  variantCount: 1,
  priceRange: { min: money, max: money },
  isAvailable: true,
  offer: { pricing: { onSale: true, range: { min: money, max: money } } },
};
const roots = {
  product,
  products: [product],
  variant: { id: 1, price: money },
  cart: { id: 1, note: '', lines: [], total: money, lineCount: 0 },
  basket: { id: 1, items: [], total: 0 },
  checkout: { lines: [], total: 0 },
  bag: { lines: [], total: 0 },
  shop: { name: 'S', taxRate: 5, stockNames: [], revenue: money, openOrders: 1 },
  order: { id: 1, total: 1 },
};

describe('a value that is computed from other objects', () => {
  it.each([
    ['P18 a sum over what its children have', '{ product(id: 1) { inventory } }', '~Stock'],
    ['P18 the same in a list', '{ products { isAvailable } }', '~Stock'],
    ['P18 a range of amounts', '{ product(id: 1) { priceRange { min { amount } } } }', '~Kind ~Stock'],
    ['P18 amounts far down', '{ product(id: 1) { offer { pricing { onSale } } } }', '~Kind ~Stock'],
    ['P18 the total of lines without a key', '{ cart(id: 1) { total { amount } } }', '~CartLine ~Variant'],
    ['P18 that of lines with a key, met there alone', '{ basket(id: 1) { total } }', '~BasketItem ~Variant'],
    ['P18 that of an object without a key', '{ bag { total } }', '~CartLine ~Variant'],
    ['P18 that of one whose lines have a key', '{ checkout { total } }', '~CheckoutLine ~Variant'],
    [
      'P18 an amount, by a rate that something above it has',
      '{ variant(id: 1) { price { amount } } }',
      '~Kind ~Product',
    ],
    ['P18 an amount of a single object', '{ shop { revenue { amount } } }', '~Order ~Stock'],
    ['P18 a list of texts, by its name', '{ shop { stockNames } }', '~Stock'],
  ])('%s', (_, query, expected) => {
    expect(changes(asking(knowledge, query, {}, roots).tags)).toBe(expected);
  });
});

describe('not one that is its own', () => {
  it.each([
    ['what a mutation takes', '{ product(id: 1) { weight } }'],
    ['a text', '{ product(id: 1) { title } }'],
    ['a place', '{ product(id: 1) { position } }'],
    ['how many children there are, which refer to it', '{ product(id: 1) { variantCount } }'],
    ['what a mutation of a single object takes', '{ shop { taxRate } }'],
    ['a figure that a mutation sets', '{ order(id: 1) { total } }'],
  ])('%s', (_, query) => {
    expect(changes(asking(knowledge, query, {}, roots).tags)).toBe('');
  });
});

describe('a sum over what is found elsewhere as well', () => {
  const shared = knowledgeOf(`
    type Track { id: ID! name: String! seconds: Int! playlists: Int! }
    type Label { id: ID! name: String! }
    type Playlist { id: ID! tracks: [Track!]! labels: [Label!]! totalSeconds: Int! trackCount: Int! likes: Int! }
    type Book { id: ID! price: Int! author: Author! }
    type Author { id: ID! books: [Book!]! totalPrice: Int! }
    type Cart { id: ID! lines: [Book!]! total: Int! }
    type Query {
      playlist(id: ID!): Playlist
      tracks: [Track!]!
      books: [Book!]!
      cart(id: ID!): Cart
      author(id: ID!): Author
      labels: [Label!]!
    }
    type Mutation {
      updateTrack(id: ID!, name: String, seconds: Int): Track
      setPrice(id: ID!, price: Int!): Book
      renameLabel(id: ID!, name: String!): Label
    }
  `);
  const found = {
    playlist: { id: 1, totalSeconds: 30, trackCount: 1, likes: 2 },
    cart: { id: 1, total: 10 },
    author: { id: 1, totalPrice: 10 },
  };
  it.each([
    ['P18 follows them', '{ playlist(id: 1) { totalSeconds } }', '~Track'],
    ['P18 follows them, whatever the list is called', '{ cart(id: 1) { total } }', '~Book'],
    ['does not where it says how many there are', '{ playlist(id: 1) { trackCount } }', ''],
    ['does not where it is called otherwise', '{ playlist(id: 1) { likes } }', ''],
    ['does not where they refer to it, and purge it so', '{ author(id: 1) { totalPrice } }', ''],
  ])('%s', (_, query, expected) => {
    expect(changes(asking(shared, query, {}, found).tags)).toBe(expected);
  });
});

describe('a number that counts what lists the object', () => {
  const labels = knowledgeOf(`
    type Issue { id: ID! labels: [Label!]! project: Project assignees: [User!]! }
    type Label { id: ID! issueCount: Int! issues: Int! rank: Int! lastIssueNumber: Int }
    type Project { id: ID! issueCount: Int! }
    type User { id: ID! issueCount: Int! }
    type Query { label: Label issue: Issue project: Project user: User }
    type Mutation { setUser(id: ID!, issueCount: Int): User }
  `);
  const found = {
    label: { id: 1, issueCount: 1, issues: 1, rank: 1, lastIssueNumber: 1 },
    project: { id: 1, issueCount: 1 },
    user: { id: 1, issueCount: 1 },
  };
  it.each([
    ['P18 follows it', '{ label { issueCount } }', '~Issue'],
    ['P18 follows it by its name alone', '{ label { issues } }', '~Issue'],
    ['does not where it speaks of nothing', '{ label { rank } }', ''],
    ['does not where it is no count', '{ label { lastIssueNumber } }', ''],
    ['does not where that refers to it, and purges it so', '{ project { issueCount } }', ''],
    ['does not where a mutation sets it', '{ user { issueCount } }', ''],
  ])('%s', (_, query, expected) => {
    expect(changes(asking(labels, query, {}, found).tags)).toBe(expected);
  });
});
