/** Eight ways to ask for a product, as eight pages of an application would: about 2 KB of answer each. */
export const PRODUCT_DOCUMENTS = [
  `query ProductPage($id: ID!) { product(id: $id) { id name description price stock maker { id name country } reviews(first: 8) { id rating text author { id name } } } }`,
  `query Reviews($id: ID!) {\n  product(id: $id) {\n    name\n    reviews(first: 9) {\n      id\n      rating\n      text\n      author {\n        name\n      }\n    }\n  }\n}\n`,
  `fragment Card on Product { id name price } query Card($id: ID!) { product(id: $id) { ...Card description maker { ...Made } reviews(first: 9) { text rating } } } fragment Made on Maker { name country }`,
  `query Both($id: ID!) { main: product(id: $id) { title: name description stock } again: product(id: $id) { id maker { country } reviews(first: 8) { id text author { id } } } }`,
  `query Shown($id: ID!, $long: Boolean = true) { product(id: $id) { id name description @include(if: $long) price reviews(first: 9) { id text rating } } }`,
  `query Typed($id: ID!) { __typename product(id: $id) { __typename id name price maker { __typename id } reviews(first: 7) { __typename id text author { __typename id name } } } }`,
  `query Authors($id: ID!) { product(id: $id) { description reviews(first: 8) { author { id name } rating text } } }`,
  `query Short($id: ID!) { product(id: $id) { name description reviews(first: 10) { text } } }`,
];

export const LIVE_DOCUMENT = `query Live($id: ID!) { liveProduct(id: $id) { id name description price stock maker { id name country } reviews(first: 8) { id rating text author { id name } } } }`;

/** About 20 KB when it is asked for 16: a page of search results. */
export const LIST_DOCUMENT = `query Results($page: Int!, $size: Int!) { products(page: $page, size: $size) { id name description price stock maker { id name country } reviews(first: 4) { id rating text author { id name } } } }`;

/** A thousand tags in as few bytes as an answer can have them. */
export const IDS_DOCUMENT = `query Ids($page: Int!, $size: Int!) { products(page: $page, size: $size) { id } }`;

export const VIEWER_DOCUMENT = `query Me { viewer { id name seen { id name price reviews(first: 2) { text rating } } } }`;
