/** The SDL of the little shop that tests stand the gateway in front of. It uses every cache directive at least once. */

/** The cache directives, for servers that do not bring their own definitions. */
export const directiveDefinitions = /* GraphQL */ `
  enum CacheControlScope {
    PUBLIC
    PRIVATE
  }
  directive @cacheControl(
    maxAge: Int
    scope: CacheControlScope
    inheritMaxAge: Boolean
    swr: Int
  ) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT
  directive @key(fields: String!) on OBJECT | INTERFACE
  directive @purges(tags: [String!], lists: Boolean) on FIELD_DEFINITION
`;

/** The shop itself, without definitions of the directives. */
export const shopTypes = /* GraphQL */ `
  interface Node {
    id: ID!
  }

  interface Sellable {
    id: ID!
    name: String!
    price: Int!
  }

  type Product implements Node & Sellable @cacheControl(maxAge: 60) {
    id: ID!
    name: String!
    "cents"
    price: Int!
    "grows by one with every change"
    version: Int!
    likes: Int!
    category: Category
  }

  type Bundle implements Node & Sellable @cacheControl(maxAge: 60) {
    id: ID!
    name: String!
    price: Int!
    products: [Product!]!
  }

  type Category implements Node @cacheControl(maxAge: 60) {
    id: ID!
    name: String!
    products: [Product!]!
    "lists in a list"
    shelves(width: Int! = 2): [[Product!]!]!
  }

  union SearchResult @cacheControl(maxAge: 60) = Product | Bundle | Category

  type ProductConnection @cacheControl(maxAge: 60) {
    edges: [ProductEdge!]! @cacheControl(inheritMaxAge: true)
    pageInfo: PageInfo! @cacheControl(inheritMaxAge: true)
  }

  type ProductEdge {
    cursor: String!
    node: Product!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  "What one customer sees; who it is follows from the authorization header."
  type Viewer @cacheControl(maxAge: 60, scope: PRIVATE) {
    id: ID!
    name: String!
    basket: [Product!]!
  }

  type Query {
    product(id: ID!): Product @cacheControl(maxAge: 60)
    products(category: ID): [Product!]!
      @cacheControl(maxAge: 60, swr: 30)
      @cacheTag(format: "shelf-{$args.category}")
    productConnection(first: Int! = 10, after: String): ProductConnection! @cacheControl(maxAge: 60)
    category(id: ID!): Category @cacheControl(maxAge: 60)
    categories: [Category!]! @cacheControl(maxAge: 60)
    bundle(id: ID!): Bundle @cacheControl(maxAge: 60)
    node(id: ID!): Node @cacheControl(maxAge: 60)
    sellables: [Sellable!]! @cacheControl(maxAge: 60)
    search(text: String!): [SearchResult!]! @cacheControl(maxAge: 60)
    viewer: Viewer
    "what the shop received as this request header"
    header(name: String!): String @cacheControl(maxAge: 60)
    "a new number each time it is asked; nothing says it may be cached"
    serial: Int!
  }

  type MoveProductPayload {
    product: Product
    from: Category
    to: Category
  }

  type Mutation {
    createProduct(id: ID, name: String!, price: Int! = 100, category: ID!): Product!
    renameProduct(id: ID!, name: String!): Product
    repriceProduct(id: ID!, price: Int!): Product
    moveProduct(id: ID!, category: ID!): MoveProductPayload!
    deleteProduct(id: ID!): Boolean! @purges(tags: ["Product:{$args.id}", "[Product]"])
    likeProduct(id: ID!): Product @purges(lists: false)
    "changes something and says nothing of what"
    touchNothing: Boolean!
  }
`;

export const shopSdl = directiveDefinitions + shopTypes;
