/** In the manner of Shopify and Saleor: money without a key, carts whose totals follow, stock, attributes, translations. */
import { GraphQLError } from 'graphql';
import { compare, from1to, inTransactions, serve, sum, take } from './serve.mjs';

const products = from1to(8).map((n) => ({
  kind: 'Product',
  id: `P${n}`,
  title: `Prod ${n}`,
  handle: `prod-${n}`,
  vendor: `V${n % 3}`,
  type: `T${1 + (n % 3)}`,
  status: n % 4 ? 'ACTIVE' : 'DRAFT',
  tags: [`t${n % 3}`],
  names: { DE: `Ding ${n}` },
  attrs: { color: ['red', 'blue'][n % 2] },
  rating: [],
}));
const variants = from1to(14).map((n) => ({
  kind: 'ProductVariant',
  id: `X${n}`,
  sku: `sku${n}`,
  product: `P${1 + (n % 8)}`,
  price: n * 3,
}));
const warehouses = from1to(2).map((n) => ({ kind: 'Warehouse', id: `W${n}`, name: `Wh${n}` }));
const stocks = variants.flatMap((v, n) =>
  warehouses.map((w, k) => ({
    kind: 'Stock',
    id: `S${n}${k}`,
    variant: v.id,
    warehouse: w.id,
    quantity: (n * 3 + k) % 7,
    allocated: 0,
  })),
);
const collections = from1to(3).map((n) => ({
  kind: 'Collection',
  id: `K${n}`,
  title: `Coll ${n}`,
  products: [`P${n}`, `P${n + 1}`],
}));
const types = from1to(3).map((n) => ({ kind: 'ProductType', id: `T${n}`, name: `Type ${n}`, tax: n }));
const customers = from1to(3).map((n) => ({
  kind: 'Customer',
  id: `C${n}`,
  email: `c${n}@x`,
  name: `Cust ${n}`,
}));
const carts = from1to(3).map((n) => ({
  kind: 'Cart',
  id: `B${n}`,
  customer: `C${n}`,
  lines: [{ id: `L${n}`, variant: `X${n}`, quantity: n }],
  code: null,
}));
const orders = from1to(5).map((n) => ({
  kind: 'Order',
  id: `O${n}`,
  number: n,
  customer: `C${1 + (n % 3)}`,
  status: n % 2 ? 'OPEN' : 'CANCELLED',
  lines: [{ variant: `X${n}`, quantity: n, price: n * 3 }],
  refunded: 0,
}));
const discounts = [
  { kind: 'Discount', code: 'TEN', percent: 10, uses: 0 },
  { kind: 'Discount', code: 'HALF', percent: 50, uses: 0 },
];
const metafields = [{ id: 'F1', owner: 'P1', key: 'care', value: 'wash' }];
const shop = { name: 'Shop', tax: 5 };
let made = 100;
const at = (id) =>
  [
    ...products,
    ...variants,
    ...warehouses,
    ...stocks,
    ...collections,
    ...types,
    ...customers,
    ...carts,
    ...orders,
  ].find((r) => r.id === id) ?? null;
const is = (id, kind) => {
  const r = at(id);
  return r?.kind === kind ? r : null;
};
const money = (amount) => ({ amount: amount.toFixed(2), currencyCode: 'EUR' });
const connection = (rows, { first, after } = {}) => {
  const start = after ? rows.findIndex((r) => r.id === after) + 1 : 0;
  const nodes = rows.slice(start, start + Math.max(0, first ?? 4));
  return {
    nodes,
    edges: nodes.map((node) => ({ node, cursor: node.id })),
    pageInfo: { hasNextPage: start + nodes.length < rows.length, endCursor: nodes.at(-1)?.id ?? null },
    totalCount: rows.length,
  };
};
const variantsOf = (p) => variants.filter((v) => v.product === p.id);
const available = (v) => sum(stocks.filter((s) => s.variant === v.id).map((s) => s.quantity - s.allocated));
const subtotal = (c) => sum(c.lines.map((l) => (at(l.variant)?.price ?? 0) * l.quantity));
const discountOf = (c) => discounts.find((d) => d.code === c.code);
const total = (c) => subtotal(c) * (1 - (discountOf(c)?.percent ?? 0) / 100) * (1 + shop.tax / 100);
const orderTotal = (o) => sum(o.lines.map((l) => l.price * l.quantity));
const bad = (field, message) => [{ field: [field], message }];
const conn = (n) =>
  `type ${n}Connection { nodes: [${n}!]! edges: [${n}Edge!]! pageInfo: PageInfo! totalCount: Int! } type ${n}Edge { cursor: String! node: ${n}! }`;
const payload = (name, args, fields) =>
  `type ${name}Payload { ${fields} userErrors: [UserError!]! } extend type Mutation { ${name[0].toLowerCase()}${name.slice(1)}(${args}): ${name}Payload }`;
const typeDefs = `
  enum Lang { EN DE } enum ProductSortKeys { TITLE PRICE INVENTORY VENDOR } enum ProductStatus { ACTIVE DRAFT ARCHIVED } enum StockLevel { IN_STOCK OUT_OF_STOCK }
  interface Node { id: ID! } type PageInfo { hasNextPage: Boolean! endCursor: String } type UserError { field: [String!] message: String! } type MoneyV2 { amount: String! currencyCode: String! } type TaxedMoney { gross: MoneyV2! net: MoneyV2! tax: MoneyV2! } type Count { count: Int! precision: String! }
  input AttributeInput { slug: String! values: [String!] } input PriceRangeInput { gte: Int lte: Int } input StockFilterInput { warehouseIds: [ID!] quantity: PriceRangeInput }
  input ProductFilterInput { search: String price: PriceRangeInput productTypes: [ID!] collections: [ID!] attributes: [AttributeInput!] stockAvailability: StockLevel stocks: StockFilterInput } input ProductOrder { field: ProductSortKeys! direction: OrderDirection! } enum OrderDirection { ASC DESC }
  type Product implements Node { id: ID! title: String! handle: String! vendor: String status: ProductStatus! tags: [String!]! productType: ProductType variants(first: Int, after: String): ProductVariantConnection! variantsCount: Count priceRange: PriceRange! pricing: ProductPricing totalInventory: Int! isAvailable: Boolean! availableForSale: Boolean! collections(first: Int): CollectionConnection! translation(languageCode: Lang!): ProductTranslation attributes: [SelectedAttribute!]! defaultVariant: ProductVariant metafield(key: String!): Metafield rating: Float reviewCount: Int! inCollection(id: ID!): Boolean! }
  type PriceRange { minVariantPrice: MoneyV2! maxVariantPrice: MoneyV2! } type ProductPricing { onSale: Boolean priceRange: TaxedRange } type TaxedRange { start: TaxedMoney stop: TaxedMoney } type ProductTranslation { languageCode: Lang! title: String } type SelectedAttribute { slug: String! values: [AttributeValue!]! } type AttributeValue { name: String! } type Metafield { id: ID! key: String! value: String }
  type ProductVariant implements Node { id: ID! sku: String price: MoneyV2! product: Product! quantityAvailable: Int inventoryQuantity: Int stocks(warehouseId: ID): [Stock!]! currentlyNotInStock: Boolean! pricing: TaxedMoney }
  type Stock implements Node { id: ID! quantity: Int! quantityAllocated: Int! warehouse: Warehouse! variant: ProductVariant! } type Warehouse implements Node { id: ID! name: String! stocks: [Stock!]! totalQuantity: Int! }
  type Collection implements Node { id: ID! title: String! products(first: Int, after: String, sortKey: ProductSortKeys): ProductConnection! productsCount: Count! hasProduct(id: ID!): Boolean! } type ProductType implements Node { id: ID! name: String! taxRate: Int! products(first: Int): ProductConnection! }
  type Customer implements Node { id: ID! email: String! displayName: String! orders(first: Int): OrderConnection! numberOfOrders: Int! amountSpent: MoneyV2! lastOrder: Order cart: Cart }
  type Cart implements Node { id: ID! lines(first: Int): [CartLine!]! totalQuantity: Int! cost: CartCost! discountCodes: [CartDiscountCode!]! buyer: Customer isShippingRequired: Boolean! } type CartLine { id: ID! quantity: Int! merchandise: ProductVariant cost: LineCost! } type LineCost { totalAmount: MoneyV2! } type CartCost { subtotalAmount: MoneyV2! totalAmount: MoneyV2! totalTaxAmount: MoneyV2 } type CartDiscountCode { code: String! applicable: Boolean! }
  type Order implements Node { id: ID! number: Int! status: String! customer: Customer lines: [OrderLine!]! total: TaxedMoney! refundable: MoneyV2! } type OrderLine { variant: ProductVariant quantity: Int! totalPrice: MoneyV2! }
  type Discount { code: String! percent: Int! uses: Int! } type Shop { name: String! taxRate: Int! productVendors: [String!]! productTags: [String!]! currency: String! revenue: MoneyV2! openOrders: Int! } type Facet { name: String! count: Int! } type InventoryLevels { warehouse: Warehouse! available: Int! }
  union SearchItem = Product | Collection type SearchResult { items: [SearchItem!]! total: Int! facets: [Facet!]! }
  ${['Product', 'ProductVariant', 'Collection', 'Order'].map(conn).join(' ')}
  type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! shop: Shop! product(id: ID, handle: String): Product productByHandle(handle: String!): Product products(first: Int, after: String, filter: ProductFilterInput, sortBy: ProductOrder, sortKey: ProductSortKeys, reverse: Boolean, query: String, channel: String): ProductConnection! productsCount(query: String): Count collection(id: ID!): Collection collections(first: Int): CollectionConnection! variant(id: ID, sku: String): ProductVariant variants(ids: [ID!]): [ProductVariant!]! cart(id: ID!): Cart customer(id: ID!): Customer customerByEmail(email: String!): Customer orders(first: Int, status: String, customerEmail: String): OrderConnection! order(id: ID, number: Int): Order discount(code: String!): Discount discounts: [Discount!]! warehouses: [Warehouse!]! stock(id: ID!): Stock search(query: String!): SearchResult! productRecommendations(productId: ID!): [Product!]! bestSellers(first: Int): [Product!]! lowStock(threshold: Int): [ProductVariant!]! inventoryLevels: [InventoryLevels!]! }
  type Mutation { touch: Boolean } input ProductInput { id: ID title: String vendor: String status: ProductStatus tags: [String!] productType: ID collectionsToJoin: [ID!] collectionsToLeave: [ID!] variants: [VariantInput!] } input VariantInput { id: ID sku: String price: Int } input CartLineInput { merchandiseId: ID! quantity: Int } input CartLineUpdateInput { id: ID! quantity: Int! } input StockInput { warehouse: ID! quantity: Int! } input MetafieldsSetInput { ownerId: ID! key: String! value: String! } input InventoryAdjustInput { variantId: ID! warehouseId: ID! delta: Int! }
  ${payload('ProductCreate', 'input: ProductInput!', 'product: Product')} ${payload('ProductUpdate', 'input: ProductInput!', 'product: Product')} ${payload('ProductDelete', 'id: ID!', 'deletedProductId: ID')} ${payload('ProductBulkDelete', 'ids: [ID!]!', 'count: Int!')} ${payload('ProductVariantsBulkUpdate', 'productId: ID!, variants: [VariantInput!]!', 'productVariants: [ProductVariant!]')} ${payload('ProductVariantsBulkDelete', 'productId: ID!, variantsIds: [ID!]!', 'product: Product')} ${payload('ProductVariantCreate', 'productId: ID!, input: VariantInput!', 'productVariant: ProductVariant')} ${payload('TagsAdd', 'id: ID!, tags: [String!]!', 'node: Node')} ${payload('ProductChangeStatus', 'productId: ID!, status: ProductStatus!', 'product: Product')}
  ${payload('CollectionAddProducts', 'id: ID!, productIds: [ID!]!', 'collection: Collection')} ${payload('CollectionRemoveProducts', 'id: ID!, productIds: [ID!]!', 'job: String')} ${payload('CollectionReorderProducts', 'id: ID!, productId: ID!, newPosition: Int!', 'done: Boolean')} ${payload('CollectionDelete', 'input: CollectionDeleteInput!', 'deletedCollectionId: ID')} input CollectionDeleteInput { id: ID! }
  ${payload('CartLinesAdd', 'cartId: ID!, lines: [CartLineInput!]!', 'cart: Cart')} ${payload('CartLinesUpdate', 'cartId: ID!, lines: [CartLineUpdateInput!]!', 'cart: Cart')} ${payload('CartLinesRemove', 'cartId: ID!, lineIds: [ID!]!', 'cart: Cart')} ${payload('CartDiscountCodesUpdate', 'cartId: ID!, discountCodes: [String!]', 'cart: Cart')} ${payload('CheckoutComplete', 'cartId: ID!', 'order: Order')} ${payload('CartBuyerIdentityUpdate', 'cartId: ID!, customerId: ID', 'ok: Boolean')}
  ${payload('ProductVariantStocksUpdate', 'variantId: ID!, stocks: [StockInput!]!', 'productVariant: ProductVariant')} ${payload('InventoryAdjustQuantities', 'changes: [InventoryAdjustInput!]!', 'reason: String')} ${payload('OrderCancel', 'id: ID!, restock: Boolean', 'order: Order')} ${payload('OrderRefund', 'orderId: ID!, amount: Int!', 'transactionId: ID')} ${payload('ProductTranslate', 'id: ID!, languageCode: Lang!, title: String!', 'product: Product')} ${payload('MetafieldsSet', 'metafields: [MetafieldsSetInput!]!', 'metafields: [Metafield!]')} ${payload('MetafieldDelete', 'ownerId: ID!, key: String!', 'deletedKey: String')} ${payload('ProductTypeUpdate', 'id: ID!, name: String, taxRate: Int', 'productType: ProductType')} ${payload('AttributeAssign', 'productId: ID!, slug: String!, value: String!', 'ok: Boolean')} ${payload('DiscountUpdate', 'code: String!, percent: Int!', 'discount: Discount')} ${payload('DiscountCreate', 'code: String!, percent: Int!', 'discount: Discount')} ${payload('ShopUpdate', 'name: String, taxRate: Int', 'shop: Shop')} ${payload('CustomerUpdate', 'id: ID!, email: String, name: String', 'customer: Customer')} ${payload('CustomerMerge', 'customerOneId: ID!, customerTwoId: ID!', 'resultingCustomerId: ID')} ${payload('RateProduct', 'productId: ID!, stars: Int!', 'average: Float')} ${payload('PriceRuleApply', 'vendor: String!, percent: Int!', 'affected: Int!')} ${payload('ProductDuplicate', 'productId: ID!, newTitle: String!', 'newProduct: Product')}
`;
const need = (id, kind) => {
  const r = is(id, kind);
  if (!r) throw new GraphQLError(`no ${kind} ${id}`);
  return r;
};
const minPrice = (p) => {
  const all = variantsOf(p).map((v) => v.price);
  return all.length ? Math.min(...all) : 0;
};
const inventory = (p) => sum(variantsOf(p).map(available));
const keys = { TITLE: (p) => p.title, PRICE: minPrice, INVENTORY: inventory, VENDOR: (p) => p.vendor };
const listed = ({ filter: f = {}, sortBy, sortKey, reverse, query }) => {
  let all = products.filter(
    (p) =>
      (!query || p.title.includes(query)) &&
      (!f?.search || p.title.includes(f.search)) &&
      (!f?.price || (minPrice(p) >= (f.price.gte ?? 0) && minPrice(p) <= (f.price.lte ?? 1e9))) &&
      (!f?.productTypes || f.productTypes.includes(p.type)) &&
      (!f?.collections ||
        collections.some((c) => f.collections.includes(c.id) && c.products.includes(p.id))) &&
      (!f?.attributes || f.attributes.every((a) => !a.values || a.values.includes(p.attrs[a.slug]))) &&
      (!f?.stockAvailability || inventory(p) > 0 === (f.stockAvailability === 'IN_STOCK')) &&
      (!f?.stocks ||
        variantsOf(p).some((v) =>
          stocks.some(
            (s) =>
              s.variant === v.id &&
              (!f.stocks.warehouseIds || f.stocks.warehouseIds.includes(s.warehouse)) &&
              s.quantity >= (f.stocks.quantity?.gte ?? 0),
          ),
        )),
  );
  const by = sortKey ?? sortBy?.field;
  if (by)
    all = all.toSorted((a, b) => compare(keys[by](a), keys[by](b)) * (sortBy?.direction === 'DESC' ? -1 : 1));
  return reverse ? all.toReversed() : all;
};
const taxed = (net, tax) => ({
  net: money(net),
  gross: money(net * (1 + tax / 100)),
  tax: money((net * tax) / 100),
});
const taxOf = (p) => is(p?.type, 'ProductType')?.tax ?? 0;
const m = (f) => (_, args) => ({ userErrors: [], ...f(args) });
const setDefined = (row, data) => {
  for (const [k, v] of Object.entries(data)) if (v !== null && v !== undefined) row[k] = v;
  return row;
};
const saveProduct = (
  p,
  { title, vendor, status, tags, productType, collectionsToJoin, collectionsToLeave, variants: list },
) => {
  setDefined(p, { title, vendor, status, tags, type: productType && need(productType, 'ProductType').id });
  for (const c of collectionsToJoin ?? []) {
    const k = need(c, 'Collection');
    if (!k.products.includes(p.id)) k.products.push(p.id);
  }
  for (const c of collectionsToLeave ?? []) {
    const k = need(c, 'Collection');
    k.products = k.products.filter((o) => o !== p.id);
  }
  for (const v of list ?? []) {
    const old = v.id && is(v.id, 'ProductVariant');
    if (old) setDefined(old, { sku: v.sku, price: v.price });
    else
      variants.push({
        kind: 'ProductVariant',
        id: `X${++made}`,
        sku: v.sku ?? null,
        product: p.id,
        price: v.price ?? 1,
      });
  }
  return p;
};
const dropProduct = (p) => {
  take(products, (o) => o === p);
  for (const v of take(variants, (o) => o.product === p.id)) take(stocks, (s) => s.variant === v.id);
  for (const c of collections) c.products = c.products.filter((o) => o !== p.id);
};
serve(typeDefs, {
  Node: { __resolveType: (r) => r.kind },
  SearchItem: { __resolveType: (r) => r.kind },
  Product: {
    productType: (p) => is(p.type, 'ProductType'),
    variants: (p, a) => connection(variantsOf(p), a),
    variantsCount: (p) => ({ count: variantsOf(p).length, precision: 'EXACT' }),
    priceRange: (p) => ({
      minVariantPrice: money(minPrice(p)),
      maxVariantPrice: money(Math.max(0, ...variantsOf(p).map((v) => v.price))),
    }),
    pricing: (p) => ({
      onSale: false,
      priceRange: {
        start: taxed(minPrice(p), taxOf(p)),
        stop: taxed(Math.max(0, ...variantsOf(p).map((v) => v.price)), taxOf(p)),
      },
    }),
    totalInventory: inventory,
    isAvailable: (p) => inventory(p) > 0,
    availableForSale: (p) => p.status === 'ACTIVE' && inventory(p) > 0,
    collections: (p, a) =>
      connection(
        collections.filter((c) => c.products.includes(p.id)),
        a,
      ),
    translation: (p, { languageCode }) =>
      languageCode === 'EN'
        ? { languageCode, title: p.title }
        : p.names[languageCode]
          ? { languageCode, title: p.names[languageCode] }
          : null,
    attributes: (p) => Object.entries(p.attrs).map(([slug, name]) => ({ slug, values: [{ name }] })),
    defaultVariant: (p) => variantsOf(p)[0] ?? null,
    metafield: (p, { key }) => metafields.find((f) => f.owner === p.id && f.key === key) ?? null,
    rating: (p) => (p.rating.length ? sum(p.rating) / p.rating.length : null),
    reviewCount: (p) => p.rating.length,
    inCollection: (p, { id }) => is(id, 'Collection')?.products.includes(p.id) ?? false,
  },
  ProductVariant: {
    price: (v) => money(v.price),
    product: (v) => at(v.product),
    quantityAvailable: available,
    inventoryQuantity: (v) => sum(stocks.filter((s) => s.variant === v.id).map((s) => s.quantity)),
    stocks: (v, { warehouseId }) =>
      stocks.filter((s) => s.variant === v.id && (!warehouseId || s.warehouse === warehouseId)),
    currentlyNotInStock: (v) => available(v) <= 0,
    pricing: (v) => taxed(v.price, taxOf(at(v.product))),
  },
  Stock: {
    quantityAllocated: (s) => s.allocated,
    warehouse: (s) => at(s.warehouse),
    variant: (s) => at(s.variant),
  },
  Warehouse: {
    stocks: (w) => stocks.filter((s) => s.warehouse === w.id),
    totalQuantity: (w) => sum(stocks.filter((s) => s.warehouse === w.id).map((s) => s.quantity)),
  },
  Collection: {
    products: (c, a) => {
      const all = c.products.map(at).filter(Boolean);
      return connection(
        a.sortKey ? all.toSorted((x, y) => compare(keys[a.sortKey](x), keys[a.sortKey](y))) : all,
        a,
      );
    },
    productsCount: (c) => ({ count: c.products.length, precision: 'EXACT' }),
    hasProduct: (c, { id }) => c.products.includes(id),
  },
  ProductType: {
    taxRate: (t) => t.tax,
    products: (t, a) =>
      connection(
        products.filter((p) => p.type === t.id),
        a,
      ),
  },
  Customer: {
    displayName: (c) => c.name,
    orders: (c, a) =>
      connection(
        orders.filter((o) => o.customer === c.id),
        a,
      ),
    numberOfOrders: (c) => orders.filter((o) => o.customer === c.id).length,
    amountSpent: (c) =>
      money(sum(orders.filter((o) => o.customer === c.id && o.status === 'OPEN').map(orderTotal))),
    lastOrder: (c) => orders.filter((o) => o.customer === c.id).at(-1) ?? null,
    cart: (c) => carts.find((b) => b.customer === c.id) ?? null,
  },
  Cart: {
    lines: (c, { first }) => c.lines.slice(0, first ?? 10),
    totalQuantity: (c) => sum(c.lines.map((l) => l.quantity)),
    cost: (c) => ({
      subtotalAmount: money(subtotal(c)),
      totalAmount: money(total(c)),
      totalTaxAmount: money((total(c) * shop.tax) / 100),
    }),
    discountCodes: (c) => (c.code ? [{ code: c.code, applicable: Boolean(discountOf(c)) }] : []),
    buyer: (c) => is(c.customer, 'Customer'),
    isShippingRequired: (c) => c.lines.length > 0,
  },
  CartLine: {
    merchandise: (l) => at(l.variant),
    cost: (l) => ({ totalAmount: money((at(l.variant)?.price ?? 0) * l.quantity) }),
  },
  Order: {
    customer: (o) => is(o.customer, 'Customer'),
    total: (o) => taxed(orderTotal(o), shop.tax),
    refundable: (o) => money(orderTotal(o) - o.refunded),
  },
  OrderLine: { variant: (l) => at(l.variant), totalPrice: (l) => money(l.price * l.quantity) },
  Shop: {
    taxRate: (s) => s.tax,
    productVendors: () => [...new Set(products.map((p) => p.vendor))],
    productTags: () => [...new Set(products.flatMap((p) => p.tags))],
    currency: () => 'EUR',
    revenue: () => money(sum(orders.filter((o) => o.status === 'OPEN').map(orderTotal))),
    openOrders: () => orders.filter((o) => o.status === 'OPEN').length,
  },
  Query: {
    node: (_, { id }) => at(id),
    nodes: (_, { ids }) => ids.map(at),
    shop: () => shop,
    product: (_, { id, handle }) =>
      id ? is(id, 'Product') : (products.find((p) => p.handle === handle) ?? null),
    productByHandle: (_, { handle }) => products.find((p) => p.handle === handle) ?? null,
    products: (_, a) => connection(listed(a), a),
    productsCount: (_, { query }) => ({ count: listed({ query }).length, precision: 'EXACT' }),
    collection: (_, { id }) => is(id, 'Collection'),
    collections: (_, a) => connection(collections, a),
    variant: (_, { id, sku }) => variants.find((v) => (id ? v.id === id : v.sku === sku)) ?? null,
    variants: (_, { ids }) => variants.filter((v) => !ids || ids.includes(v.id)),
    cart: (_, { id }) => is(id, 'Cart'),
    customer: (_, { id }) => is(id, 'Customer'),
    customerByEmail: (_, { email }) => customers.find((c) => c.email === email) ?? null,
    orders: (_, a) =>
      connection(
        orders.filter(
          (o) =>
            (!a.status || o.status === a.status) &&
            (!a.customerEmail || at(o.customer)?.email === a.customerEmail),
        ),
        a,
      ),
    order: (_, { id, number }) => orders.find((o) => (id ? o.id === id : o.number === number)) ?? null,
    discount: (_, { code }) => discounts.find((d) => d.code === code) ?? null,
    discounts: () => discounts,
    warehouses: () => warehouses,
    stock: (_, { id }) => is(id, 'Stock'),
    search: (_, { query }) => {
      const items = [
        ...products.filter((p) => p.title.includes(query)),
        ...collections.filter((c) => c.title.includes(query)),
      ];
      return {
        items,
        total: items.length,
        facets: ['V0', 'V1', 'V2'].map((name) => ({
          name,
          count: products.filter((p) => p.vendor === name && p.title.includes(query)).length,
        })),
      };
    },
    productRecommendations: (_, { productId }) => {
      const p = is(productId, 'Product');
      return p ? products.filter((o) => o !== p && o.vendor === p.vendor) : [];
    },
    bestSellers: (_, { first }) => {
      const sold = (p) =>
        sum(
          orders
            .flatMap((o) => o.lines)
            .filter((l) => at(l.variant)?.product === p.id)
            .map((l) => l.quantity),
        );
      return products.toSorted((a, b) => sold(b) - sold(a)).slice(0, first ?? 3);
    },
    lowStock: (_, { threshold }) => variants.filter((v) => available(v) < (threshold ?? 3)),
    inventoryLevels: () =>
      warehouses.map((w) => ({
        warehouse: w,
        available: sum(stocks.filter((s) => s.warehouse === w.id).map((s) => s.quantity)),
      })),
  },
  Mutation: inTransactions(
    {
      touch: () => true,
      productCreate: m(({ input }) => {
        const n = ++made;
        const p = {
          kind: 'Product',
          id: `P${n}`,
          title: 'new',
          handle: `prod-${n}`,
          vendor: null,
          type: null,
          status: 'DRAFT',
          tags: [],
          names: {},
          attrs: {},
          rating: [],
        };
        products.push(p);
        return { product: saveProduct(p, input) };
      }),
      productUpdate: m(({ input }) => {
        const p = is(input.id, 'Product');
        return p
          ? { product: saveProduct(p, input) }
          : { product: null, userErrors: bad('id', 'Product does not exist') };
      }),
      productDelete: m(({ id }) => {
        const p = is(id, 'Product');
        if (!p) return { deletedProductId: null, userErrors: bad('id', 'none') };
        dropProduct(p);
        return { deletedProductId: id };
      }),
      productBulkDelete: m(({ ids }) => {
        const all = products.filter((p) => ids.includes(p.id));
        all.forEach(dropProduct);
        return { count: all.length };
      }),
      productVariantsBulkUpdate: m(({ productId, variants: list }) => {
        const p = need(productId, 'Product');
        return {
          productVariants: list
            .map(
              (v) =>
                variants.find((o) => o.id === v.id && o.product === p.id) &&
                setDefined(is(v.id, 'ProductVariant'), { sku: v.sku, price: v.price }),
            )
            .filter(Boolean),
        };
      }),
      productVariantsBulkDelete: m(({ productId, variantsIds }) => {
        for (const v of take(variants, (o) => variantsIds.includes(o.id)))
          take(stocks, (s) => s.variant === v.id);
        return { product: need(productId, 'Product') };
      }),
      productVariantCreate: m(({ productId, input }) => {
        const v = {
          kind: 'ProductVariant',
          id: `X${++made}`,
          sku: input.sku ?? null,
          product: need(productId, 'Product').id,
          price: input.price ?? 1,
        };
        variants.push(v);
        return { productVariant: v };
      }),
      tagsAdd: m(({ id, tags }) => {
        const p = need(id, 'Product');
        p.tags = [...new Set([...p.tags, ...tags])];
        return { node: p };
      }),
      productChangeStatus: m(({ productId, status }) => ({
        product: Object.assign(need(productId, 'Product'), { status }),
      })),
      collectionAddProducts: m(({ id, productIds }) => {
        const c = need(id, 'Collection');
        c.products = [...new Set([...c.products, ...productIds.map((p) => need(p, 'Product').id)])];
        return { collection: c };
      }),
      collectionRemoveProducts: m(({ id, productIds }) => {
        const c = need(id, 'Collection');
        c.products = c.products.filter((p) => !productIds.includes(p));
        return { job: 'j' };
      }),
      collectionReorderProducts: m(({ id, productId, newPosition }) => {
        const c = need(id, 'Collection');
        if (!c.products.includes(productId))
          return { done: false, userErrors: bad('productId', 'not in it') };
        c.products = c.products.filter((p) => p !== productId);
        c.products.splice(newPosition, 0, productId);
        return { done: true };
      }),
      collectionDelete: m(({ input: { id } }) => {
        need(id, 'Collection');
        take(collections, (c) => c.id === id);
        return { deletedCollectionId: id };
      }),
      cartLinesAdd: m(({ cartId, lines }) => {
        const c = need(cartId, 'Cart');
        for (const l of lines)
          c.lines.push({
            id: `L${++made}`,
            variant: need(l.merchandiseId, 'ProductVariant').id,
            quantity: l.quantity ?? 1,
          });
        return { cart: c };
      }),
      cartLinesUpdate: m(({ cartId, lines }) => {
        const c = need(cartId, 'Cart');
        for (const l of lines) {
          const old = c.lines.find((o) => o.id === l.id);
          if (old) old.quantity = l.quantity;
        }
        return { cart: c };
      }),
      cartLinesRemove: m(({ cartId, lineIds }) => {
        const c = need(cartId, 'Cart');
        c.lines = c.lines.filter((l) => !lineIds.includes(l.id));
        return { cart: c };
      }),
      cartDiscountCodesUpdate: m(({ cartId, discountCodes }) => ({
        cart: Object.assign(need(cartId, 'Cart'), { code: discountCodes?.[0] ?? null }),
      })),
      cartBuyerIdentityUpdate: m(({ cartId, customerId }) => {
        need(cartId, 'Cart').customer = customerId ? need(customerId, 'Customer').id : null;
        return { ok: true };
      }),
      checkoutComplete: m(({ cartId }) => {
        const c = need(cartId, 'Cart');
        if (!c.lines.length) return { order: null, userErrors: bad('cartId', 'empty') };
        const n = ++made;
        const o = {
          kind: 'Order',
          id: `O${n}`,
          number: n,
          customer: c.customer,
          status: 'OPEN',
          lines: c.lines.map((l) => ({
            variant: l.variant,
            quantity: l.quantity,
            price: at(l.variant)?.price ?? 0,
          })),
          refunded: 0,
        };
        orders.push(o);
        for (const l of c.lines) {
          const s = stocks.find((x) => x.variant === l.variant);
          if (s) s.quantity -= l.quantity;
        }
        if (discountOf(c)) discountOf(c).uses++;
        c.lines = [];
        return { order: o };
      }),
      productVariantStocksUpdate: m(({ variantId, stocks: list }) => {
        const v = need(variantId, 'ProductVariant');
        for (const { warehouse, quantity } of list) {
          need(warehouse, 'Warehouse');
          const s = stocks.find((x) => x.variant === v.id && x.warehouse === warehouse);
          if (s) s.quantity = quantity;
          else
            stocks.push({
              kind: 'Stock',
              id: `S${++made}`,
              variant: v.id,
              warehouse,
              quantity,
              allocated: 0,
            });
        }
        return { productVariant: v };
      }),
      inventoryAdjustQuantities: m(({ changes }) => {
        for (const { variantId, warehouseId, delta } of changes) {
          const s = stocks.find((x) => x.variant === variantId && x.warehouse === warehouseId);
          if (s) s.quantity += delta;
        }
        return { reason: 'correction' };
      }),
      orderCancel: m(({ id, restock }) => {
        const o = Object.assign(need(id, 'Order'), { status: 'CANCELLED' });
        if (restock)
          for (const l of o.lines) {
            const s = stocks.find((x) => x.variant === l.variant);
            if (s) s.quantity += l.quantity;
          }
        return { order: o };
      }),
      orderRefund: m(({ orderId, amount }) => {
        need(orderId, 'Order').refunded += amount;
        return { transactionId: `tx${++made}` };
      }),
      productTranslate: m(({ id, languageCode, title }) => {
        const p = need(id, 'Product');
        if (languageCode === 'EN') p.title = title;
        else p.names[languageCode] = title;
        return { product: p };
      }),
      metafieldsSet: m(({ metafields: list }) => ({
        metafields: list.map(({ ownerId, key, value }) => {
          need(ownerId, 'Product');
          let f = metafields.find((x) => x.owner === ownerId && x.key === key);
          if (!f) metafields.push((f = { id: `F${++made}`, owner: ownerId, key }));
          f.value = value;
          return f;
        }),
      })),
      metafieldDelete: m(({ ownerId, key }) => {
        const gone = take(metafields, (f) => f.owner === ownerId && f.key === key);
        return { deletedKey: gone.length ? key : null };
      }),
      productTypeUpdate: m(({ id, name, taxRate }) => ({
        productType: setDefined(need(id, 'ProductType'), { name, tax: taxRate }),
      })),
      attributeAssign: m(({ productId, slug, value }) => {
        need(productId, 'Product').attrs[slug] = value;
        return { ok: true };
      }),
      discountUpdate: m(({ code, percent }) => {
        const d = discounts.find((x) => x.code === code);
        return d
          ? { discount: Object.assign(d, { percent }) }
          : { discount: null, userErrors: bad('code', 'none') };
      }),
      discountCreate: m(({ code, percent }) => {
        if (discounts.some((d) => d.code === code))
          return { discount: null, userErrors: bad('code', 'taken') };
        discounts.push({ kind: 'Discount', code, percent, uses: 0 });
        return { discount: discounts.at(-1) };
      }),
      shopUpdate: m(({ name, taxRate }) => ({ shop: setDefined(shop, { name, tax: taxRate }) })),
      customerUpdate: m(({ id, email, name }) => ({
        customer: setDefined(need(id, 'Customer'), { email, name }),
      })),
      customerMerge: m(({ customerOneId, customerTwoId }) => {
        const [a, b] = [need(customerOneId, 'Customer'), need(customerTwoId, 'Customer')];
        if (a === b) return { resultingCustomerId: null, userErrors: bad('customerTwoId', 'same') };
        for (const o of [...orders, ...carts]) if (o.customer === a.id) o.customer = b.id;
        take(customers, (c) => c === a);
        customers.push({ ...a, id: `C${++made}` });
        return { resultingCustomerId: b.id };
      }),
      rateProduct: m(({ productId, stars }) => {
        const p = need(productId, 'Product');
        p.rating.push(stars);
        return { average: sum(p.rating) / p.rating.length };
      }),
      priceRuleApply: m(({ vendor, percent }) => {
        let affected = 0;
        for (const v of variants)
          if (at(v.product)?.vendor === vendor) {
            v.price = Math.max(1, Math.round(v.price * (1 - (percent % 90) / 100)));
            affected++;
          }
        return { affected };
      }),
      productDuplicate: m(({ productId, newTitle }) => {
        const n = ++made;
        const p = {
          ...structuredClone(need(productId, 'Product')),
          id: `P${n}`,
          handle: `prod-${n}`,
          title: newTitle,
        };
        products.push(p);
        for (const v of variantsOf({ id: productId }))
          variants.push({ ...v, id: `X${++made}`, product: p.id });
        return { newProduct: p };
      }),
    },
    [
      products,
      variants,
      warehouses,
      stocks,
      collections,
      types,
      customers,
      carts,
      orders,
      discounts,
      metafields,
    ],
  ),
});
