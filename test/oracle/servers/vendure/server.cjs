/** Vendure, a whole shop: its admin API, as the superadmin sees it. */
const { bootstrap, dummyPaymentHandler } = require('@vendure/core');

const PORT = Number(process.env.PORT);
const ADMIN = `http://127.0.0.1:${PORT}/admin-api`;
const database = new URL(process.env.DATABASE_URL);

async function ask(query, token) {
  const response = await fetch(ADMIN, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return { data, token: response.headers.get('vendure-auth-token') };
}

async function seed(token) {
  const mutate = async (fields) => (await ask(`mutation { ${fields} }`, token)).data;
  const named = (name, more = '') => `translations: [{ languageCode: en, name: "${name}"${more} }]`;
  const { createZone: zone } = await mutate('createZone(input: { name: "Z", memberIds: [] }) { id }');
  const { createCountry: country } = await mutate(
    `createCountry(input: { code: "GB", enabled: true, ${named('UK')} }) { id }`,
  );
  await mutate(`addMembersToZone(zoneId: "${zone.id}", memberIds: ["${country.id}"]) { id }`);
  await mutate(
    `updateChannel(input: { id: "1", defaultTaxZoneId: "${zone.id}", defaultShippingZoneId: "${zone.id}" }) { __typename }`,
  );
  const { createTaxCategory: category } = await mutate('createTaxCategory(input: { name: "std" }) { id }');
  await mutate(
    `createTaxRate(input: { name: "r", enabled: true, value: 20, categoryId: "${category.id}", zoneId: "${zone.id}" }) { id }`,
  );
  const { createFacet: facet } = await mutate(
    `createFacet(input: { code: "col", isPrivate: false, ${named('Colour')}, values: [{ code: "red", ${named('Red')} }, { code: "blue", ${named('Blue')} }] }) { values { id } }`,
  );
  for (let index = 1; index <= 6; index++) {
    const { createProduct: product } = await mutate(
      `createProduct(input: { enabled: true, facetValueIds: ["${facet.values[index % 2].id}"], ${named(`P${index}`, `, slug: "p${index}", description: "d"`)} }) { id }`,
    );
    await mutate(
      `createProductVariants(input: [{ productId: "${product.id}", sku: "S${index}", price: ${index * 100}, taxCategoryId: "${category.id}", stockOnHand: 100, ${named(`V${index}`)} }]) { id }`,
    );
  }
  for (let index = 1; index <= 4; index++)
    await mutate(
      `createCustomer(input: { firstName: "F${index}", lastName: "L${index}", emailAddress: "c${index}@example.com" }) { __typename }`,
    );
  await mutate('createCustomerGroup(input: { name: "G1", customerIds: ["1", "2"] }) { id }');
  await mutate('createCustomerGroup(input: { name: "G2", customerIds: [] }) { id }');
  for (let index = 1; index <= 3; index++)
    await mutate(
      `createCollection(input: { filters: [], ${named(`C${index}`, `, slug: "c${index}", description: ""`)} }) { id }`,
    );
}

async function main() {
  await bootstrap({
    apiOptions: { port: PORT, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
      tokenMethod: ['bearer'],
      superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
      cookieOptions: { secret: 'x' },
    },
    dbConnectionOptions: {
      type: 'postgres',
      synchronize: Boolean(process.env.SEED),
      logging: false,
      schema: 'public',
      host: database.hostname,
      port: Number(database.port),
      username: database.username,
      password: '',
      database: database.pathname.slice(1),
    },
    importExportOptions: { importAssetsDir: __dirname },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    logger: {
      debug() {},
      verbose() {},
      info() {},
      warn() {},
      error: (message) => process.stderr.write(`${message}\n`),
    },
    plugins: [],
  });
  const { token } = await ask(
    'mutation { login(username: "superadmin", password: "superadmin") { __typename } }',
  );
  if (process.env.SEED) await seed(token);
  process.stdout.write(`${JSON.stringify({ url: ADMIN, headers: { authorization: `Bearer ${token}` } })}\n`);
}
main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
