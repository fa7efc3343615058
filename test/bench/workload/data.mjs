/**
 * A shop whose every value follows from its id: any process makes the same answer without having been told of it, and
 * a million products take no memory.
 */

const WORDS =
  'amber basin cedar delta ember fjord grove haven inlet jetty knoll larch mesa north orbit prairie quarry ridge slate tide upland vale willow yard zephyr'.split(
    ' ',
  );
const COUNTRIES = ['PT', 'JP', 'BR', 'KE', 'NO', 'IN', 'CA', 'NZ'];

/** @returns {number} 32 bits that look drawn, and are the same for the same seed */
function mixed(/** @type {number} */ seed) {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function words(seed, count) {
  let text = '';
  for (let index = 0; index < count; index++)
    text += (index ? ' ' : '') + WORDS[mixed(seed * 31 + index) % WORDS.length];
  return text;
}

function maker(number) {
  return {
    id: `m${number}`,
    name: words(number + 7, 2),
    country: COUNTRIES[number % COUNTRIES.length],
  };
}

function review(product, number) {
  const seed = mixed(product * 64 + number);
  return {
    id: `${product}-${number}`,
    rating: 1 + (seed % 5),
    text: words(seed, 20 + (seed % 8)),
    author: { id: `a${seed % 5000}`, name: words(seed % 5000, 2) },
  };
}

function product(id) {
  const number = numberOf(id);
  const seed = mixed(number);
  return {
    id,
    name: words(number, 3),
    description: words(seed, 30 + (seed % 12)),
    price: 100 + (seed % 90_000),
    stock: seed % 1000,
    maker: maker(number % 500),
  };
}

/** @param {string} id of a product @param {number} first how many, 20 at most */
function reviews(id, first) {
  return Array.from({ length: Math.min(first, 20) }, (_, index) => review(numberOf(id), index));
}

/** @param {string} id a number, as text; other text stands for 0, so that no request is answered by null */
function numberOf(id) {
  return Number.isFinite(Number(id)) ? Number(id) : 0;
}

/** @param {string | undefined} session an Authorization header */
function viewer(session) {
  if (session === undefined) return null;
  const number = mixed([...session].reduce((sum, letter) => sum * 33 + letter.charCodeAt(0), 5) | 0);
  return {
    id: `v-${session}`,
    name: words(number, 2),
    seen: Array.from({ length: 6 }, (_, index) => product(String((number + index * 97) % 1000))),
  };
}

/** How often a root field was resolved in this process. Nobody who answers from a cache resolves one. */
export const resolved = { count: 0 };

export const resolvers = {
  Query: {
    product: (_, { id }) => counted(product(id)),
    liveProduct: (_, { id }) => counted(product(id)),
    products: (_, { page, size }) =>
      counted(
        Array.from({ length: Math.min(size, 1000) }, (_element, index) =>
          product(String(page * size + index)),
        ),
      ),
    viewer: (_, _arguments, context) => counted(viewer(context?.session)),
  },
  // A field of its own, because some caches keep an object as JSON: a function in it would be lost.
  Product: { reviews: ({ id }, { first }) => reviews(id, first) },
  Mutation: { touchProduct: (_, { id }) => counted(product(id)) },
};

function counted(value) {
  resolved.count++;
  return value;
}
