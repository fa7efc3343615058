/** In the manner of Strapi 5 and 4, Payload and Directus, two content types each. */
import { GraphQLError } from 'graphql';
import { average, compare, from1to, serve, sum, take } from './serve.mjs';

const articles = from1to(8).map((n) => ({
  documentId: `a${n}`,
  title: `A${n}`,
  slug: `a-${n}`,
  rank: n % 4,
  author: `w${1 + (n % 3)}`,
  categories: [`k${1 + (n % 3)}`],
  publishedAt: n % 2 ? '2026-01-01' : null,
  seo: { metaTitle: `m${n}` },
  blocks: [{ kind: 'ComponentQuote', text: `q${n}` }],
}));
const writers = from1to(3).map((n) => ({ documentId: `w${n}`, name: `W${n}` }));
const kinds = from1to(3).map((n) => ({ documentId: `k${n}`, name: `K${n}` }));
const home = { documentId: 'home', heading: 'Hello', featured: ['a1', 'a2'] };
const products = from1to(8).map((id) => ({ id, name: `Pr${id}`, price: id * 5, brand: 1 + (id % 3) }));
const brands = from1to(3).map((id) => ({ id, name: `B${id}` }));
const pages = from1to(6).map((n) => ({
  id: `p${n}`,
  title: `Pg${n}`,
  parent: n > 2 ? `p${n >> 1}` : null,
  media: [`m${1 + (n % 3)}`],
  _status: n % 2 ? 'published' : 'draft',
}));
const media = from1to(3).map((n) => ({ id: `m${n}`, alt: `alt${n}` }));
const nav = { items: [{ label: 'x', page: 'p1' }] };
const tasks = from1to(8).map((id) => ({
  id,
  name: `Ta${id}`,
  status: ['open', 'done'][id % 2],
  project: 1 + (id % 3),
  points: id,
}));
const projects = from1to(3).map((id) => ({ id, title: `Pj${id}`, budget: id * 100 }));
let made = 100;
const doc = (rows, id) => rows.find((row) => row.documentId === id) ?? null;
const one = (rows, id) => rows.find((row) => String(row.id) === String(id)) ?? null;
const need = (row) => {
  if (!row) throw new GraphQLError('Not found');
  return row;
};
const set = (row, data) => {
  for (const [k, v] of Object.entries(data)) if (v !== null) row[k] = v;
  return row;
};
const OPS = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  contains: (a, b) => String(a).includes(b),
  containsi: (a, b) => String(a).toLowerCase().includes(b.toLowerCase()),
  in: (a, b) => b.includes(a),
  gt: (a, b) => a > b,
  lt: (a, b) => a < b,
  null: (a, b) => (a === null) === b,
  notNull: (a, b) => (a !== null) === b,
  equals: (a, b) => a === b,
  like: (a, b) => String(a).includes(b),
  exists: (a, b) => (a !== null) === b,
  _eq: (a, b) => String(a) === String(b),
  _gt: (a, b) => a > b,
  _contains: (a, b) => String(a).includes(b),
  _in: (a, b) => b.map(String).includes(String(a)),
};
const test = (value, filter) =>
  Object.entries(filter).every(([op, arg]) => arg === null || OPS[op](value, arg));
function fits(row, filters, relations) {
  return Object.entries(filters ?? {}).every(([name, f]) => {
    if (f === null) return true;
    if (/^_?and$/i.test(name)) return f.every((o) => fits(row, o, relations));
    if (/^_?or$/i.test(name)) return f.some((o) => fits(row, o, relations));
    if (name === 'not') return !fits(row, f, relations);
    if (relations[name]) return relations[name](row).some(([target, below]) => fits(target, f, below));
    return test(row[name] ?? null, f);
  });
}
const authorOf = (a) => doc(writers, a.author);
const ofArticle = {
  author: (a) => (authorOf(a) ? [[authorOf(a), ofWriter]] : []),
  categories: (a) => a.categories.map((k) => [doc(kinds, k), {}]).filter(([k]) => k),
};
const ofWriter = {
  articles: (w) => articles.filter((a) => a.author === w.documentId).map((a) => [a, ofArticle]),
};
const ofProduct = { brand: (p) => (one(brands, p.brand) ? [[one(brands, p.brand), {}]] : []) };
const ofTask = { project: (t) => (one(projects, t.project) ? [[one(projects, t.project), {}]] : []) };
const sorted = (rows, sort, value) =>
  (sort ?? []).toReversed().reduce((all, s) => {
    const [path, way] = s.split(':');
    const desc = way === 'desc' || path.startsWith('-');
    const name = path.replace(/^-/, '');
    return all.toSorted((a, b) =>
      desc ? compare(value(b, name), value(a, name)) : compare(value(a, name), value(b, name)),
    );
  }, rows);
const articleValue = (a, path) => (path === 'author.name' ? authorOf(a)?.name : (a[path] ?? null));
const find = ({ filters, sort, status }, from = articles) =>
  sorted(
    from.filter((a) => fits(a, filters, ofArticle) && (status !== 'PUBLISHED' || a.publishedAt)),
    sort,
    articleValue,
  );
const page = (rows, { page: n, pageSize, start, limit } = {}) => {
  const size = pageSize ?? limit ?? 5;
  const from = start ?? ((n || 1) - 1) * size;
  return rows.slice(from, from + size);
};
const info = (rows, { page: n, pageSize } = {}) => ({
  total: rows.length,
  page: n || 1,
  pageSize: pageSize ?? 5,
  pageCount: Math.ceil(rows.length / (pageSize || 5)),
});
const collection = (rows, pagination) => ({
  data: page(rows, pagination).map((r) => ({ id: r.id, attributes: r })),
  meta: { pagination: info(rows, pagination) },
});
const docs = (rows, { limit, page: n }) => {
  const l = limit || 4;
  const p = n || 1;
  return {
    docs: rows.slice((p - 1) * l, p * l),
    totalDocs: rows.length,
    limit: l,
    page: p,
    totalPages: Math.ceil(rows.length / l),
    hasNextPage: p * l < rows.length,
  };
};
const aggregated = (rows, { groupBy, filter }) => {
  const found = rows.filter((t) => fits(t, filter, ofTask));
  const groups = new Map();
  for (const t of found) {
    const k = JSON.stringify((groupBy ?? []).map((g) => t[g]));
    groups.set(k, [...(groups.get(k) ?? []), t]);
  }
  return [...groups].map(([k, g]) => ({
    group: Object.fromEntries((groupBy ?? []).map((b, i) => [b, JSON.parse(k)[i]])),
    countAll: g.length,
    avg: { points: average(g.map((t) => t.points)) },
    sum: { points: sum(g.map((t) => t.points)) },
  }));
};
const typeDefs = /* GraphQL */ `
  scalar JSON
  input IDFilterInput {
    eq: ID
    ne: ID
    in: [ID]
  }
  input StringFilterInput {
    eq: String
    ne: String
    contains: String
    containsi: String
    in: [String]
  }
  input IntFilterInput {
    eq: Int
    gt: Int
    lt: Int
  }
  input DateTimeFilterInput {
    null: Boolean
    notNull: Boolean
  }
  input PaginationArg {
    page: Int
    pageSize: Int
    start: Int
    limit: Int
  }
  enum PublicationStatus {
    DRAFT
    PUBLISHED
  }
  type Pagination {
    total: Int!
    page: Int!
    pageSize: Int!
    pageCount: Int!
  }
  input ArticleFiltersInput {
    documentId: IDFilterInput
    title: StringFilterInput
    slug: StringFilterInput
    rank: IntFilterInput
    publishedAt: DateTimeFilterInput
    author: WriterFiltersInput
    categories: KindFiltersInput
    and: [ArticleFiltersInput]
    or: [ArticleFiltersInput]
    not: ArticleFiltersInput
  }
  input WriterFiltersInput {
    documentId: IDFilterInput
    name: StringFilterInput
    articles: ArticleFiltersInput
  }
  input KindFiltersInput {
    documentId: IDFilterInput
    name: StringFilterInput
  }
  type ComponentSeo {
    id: ID!
    metaTitle: String
  }
  type ComponentQuote {
    text: String
  }
  type ComponentLink {
    article: Article
  }
  union ArticleBlocks = ComponentQuote | ComponentLink
  type Article {
    documentId: ID!
    title: String!
    slug: String
    rank: Int
    author: Writer
    categories_connection(
      filters: KindFiltersInput
      pagination: PaginationArg
      sort: [String]
    ): KindRelationResponseCollection
    categories(filters: KindFiltersInput, pagination: PaginationArg, sort: [String]): [Kind]!
    seo: ComponentSeo
    blocks: [ArticleBlocks]
    publishedAt: String
  }
  type ArticleEntityResponseCollection {
    nodes: [Article!]!
    pageInfo: Pagination!
  }
  type ArticleRelationResponseCollection {
    nodes: [Article!]!
    pageInfo: Pagination!
  }
  type KindRelationResponseCollection {
    nodes: [Kind!]!
    pageInfo: Pagination!
  }
  type Writer {
    documentId: ID!
    name: String!
    articles_connection(
      filters: ArticleFiltersInput
      pagination: PaginationArg
      sort: [String]
    ): ArticleRelationResponseCollection
    articles(filters: ArticleFiltersInput, pagination: PaginationArg, sort: [String]): [Article]!
  }
  type Kind {
    documentId: ID!
    name: String!
    articles(filters: ArticleFiltersInput, sort: [String]): [Article]!
  }
  type Home {
    documentId: ID!
    heading: String
    featured: [Article]!
  }
  type DeleteMutationResponse {
    documentId: ID!
  }
  input SeoInput {
    metaTitle: String
  }
  input ArticleInput {
    title: String
    slug: String
    rank: Int
    author: ID
    categories: [ID]
    seo: SeoInput
  }
  input WriterInput {
    name: String
    articles: [ID]
  }
  input KindInput {
    name: String
  }
  input HomeInput {
    heading: String
    featured: [ID]
  }

  type ProductEntityResponseCollection {
    data: [ProductEntity!]!
    meta: ResponseCollectionMeta!
  }
  type ResponseCollectionMeta {
    pagination: Pagination!
  }
  type ProductEntityResponse {
    data: ProductEntity
  }
  type ProductEntity {
    id: ID
    attributes: Product
  }
  type Product {
    name: String!
    price: Int
    brand: BrandEntityResponse
  }
  type BrandEntityResponse {
    data: BrandEntity
  }
  type BrandEntity {
    id: ID
    attributes: Brand
  }
  type Brand {
    name: String!
    products(pagination: PaginationArg): ProductRelationResponseCollection
  }
  type ProductRelationResponseCollection {
    data: [ProductEntity!]!
  }
  type BrandEntityResponseCollection {
    data: [BrandEntity!]!
    meta: ResponseCollectionMeta!
  }
  input ProductFiltersInput {
    name: StringFilterInput
    price: IntFilterInput
    brand: BrandFiltersInput
  }
  input BrandFiltersInput {
    name: StringFilterInput
  }
  input ProductInput {
    name: String
    price: Int
    brand: ID
  }
  input BrandInput {
    name: String
    products: [ID]
  }

  input Page_title_operator {
    equals: String
    like: String
  }
  input Page_where {
    title: Page_title_operator
    AND: [Page_where]
    OR: [Page_where]
  }
  type Page {
    id: String!
    title: String
    parent: Page
    breadcrumbs: [Page_Breadcrumbs!]
    media: [Media!]
    _status: Page__status
  }
  enum Page__status {
    draft
    published
  }
  type Page_Breadcrumbs {
    doc: Page
    label: String
  }
  type Pages {
    docs: [Page!]!
    totalDocs: Int!
    limit: Int!
    page: Int!
    totalPages: Int!
    hasNextPage: Boolean!
  }
  type countPages {
    totalDocs: Int
  }
  type Media {
    id: String!
    alt: String
  }
  type allMedia {
    docs: [Media!]!
    totalDocs: Int!
    limit: Int!
    page: Int!
    totalPages: Int!
    hasNextPage: Boolean!
  }
  type Nav {
    items: [Nav_Items!]
  }
  type Nav_Items {
    label: String
    page: Page
  }
  input mutationNavInput {
    items: [mutationNav_ItemsInput!]
  }
  input mutationNav_ItemsInput {
    label: String
    page: String
  }
  input mutationPageInput {
    title: String
    parent: String
    media: [String]
    _status: Page__status
  }
  input mutationMediaInput {
    alt: String
  }

  input tasks_filter {
    id: string_filter
    name: string_filter
    status: string_filter
    points: number_filter
    project: projects_filter
    _and: [tasks_filter]
    _or: [tasks_filter]
  }
  input projects_filter {
    title: string_filter
    budget: number_filter
  }
  input string_filter {
    _eq: String
    _contains: String
    _in: [String]
  }
  input number_filter {
    _eq: Int
    _gt: Int
  }
  type tasks {
    id: ID!
    name: String
    status: String
    points: Int
    project: projects
  }
  type projects {
    id: ID!
    title: String
    budget: Int
    tasks(filter: tasks_filter, limit: Int, sort: [String]): [tasks]
    tasks_func: count_functions
  }
  type count_functions {
    count: Int
  }
  type tasks_aggregated {
    group: JSON
    countAll: Int
    avg: tasks_fields
    sum: tasks_fields
  }
  type tasks_fields {
    points: Float
  }
  type delete_one {
    id: ID!
  }
  type delete_many {
    ids: [ID]!
  }
  input create_tasks_input {
    name: String
    status: String
    points: Int
    project: create_projects_input
  }
  input create_projects_input {
    id: ID
    title: String
    budget: Int
  }
  input update_tasks_input {
    name: String
    status: String
    points: Int
    project: update_projects_input
  }
  input update_projects_input {
    id: ID
    title: String
    budget: Int
    tasks: [update_task_in_project]
  }
  input update_task_in_project {
    id: ID
    name: String
    points: Int
  }

  type Query {
    article(documentId: ID!, status: PublicationStatus): Article
    articles(
      filters: ArticleFiltersInput
      pagination: PaginationArg
      sort: [String]
      status: PublicationStatus
    ): [Article]!
    articles_connection(
      filters: ArticleFiltersInput
      pagination: PaginationArg
      sort: [String]
    ): ArticleEntityResponseCollection
    writer(documentId: ID!): Writer
    writers(filters: WriterFiltersInput): [Writer]!
    kinds: [Kind]!
    home: Home
    product(id: ID): ProductEntityResponse
    products(filters: ProductFiltersInput, pagination: PaginationArg): ProductEntityResponseCollection
    brands(pagination: PaginationArg): BrandEntityResponseCollection
    brand(id: ID): BrandEntityResponse
    Page(id: String!): Page
    Pages(where: Page_where, limit: Int, page: Int, sort: String): Pages
    countPages(where: Page_where): countPages
    Media(id: String!): Media
    allMedia(limit: Int, page: Int): allMedia
    Nav: Nav
    tasks(filter: tasks_filter, sort: [String], limit: Int, offset: Int, page: Int, search: String): [tasks!]!
    tasks_by_id(id: ID!): tasks
    tasks_aggregated(groupBy: [String], filter: tasks_filter): [tasks_aggregated!]!
    projects(filter: projects_filter): [projects!]!
    projects_by_id(id: ID!): projects
  }
  type Mutation {
    createArticle(data: ArticleInput!, status: PublicationStatus = PUBLISHED): Article
    updateArticle(documentId: ID!, data: ArticleInput!, status: PublicationStatus): Article
    deleteArticle(documentId: ID!): DeleteMutationResponse
    publishArticle(documentId: ID!): Article
    createWriter(data: WriterInput!): Writer
    updateWriter(documentId: ID!, data: WriterInput!): Writer
    deleteWriter(documentId: ID!): DeleteMutationResponse
    updateKind(documentId: ID!, data: KindInput!): Kind
    updateHome(data: HomeInput!): Home
    createProduct(data: ProductInput!): ProductEntityResponse
    updateProduct(id: ID!, data: ProductInput!): ProductEntityResponse
    deleteProduct(id: ID!): ProductEntityResponse
    updateBrand(id: ID!, data: BrandInput!): BrandEntityResponse
    createPage(data: mutationPageInput!, draft: Boolean): Page
    updatePage(id: String!, data: mutationPageInput!): Page
    deletePage(id: String!): Page
    duplicatePage(id: String!): Page
    restoreVersionPage(id: String!): Page
    updateMedia(id: String!, data: mutationMediaInput!): Media
    deleteMedia(id: String!): Media
    updateNav(data: mutationNavInput!): Nav
    create_tasks_item(data: create_tasks_input!): tasks
    create_tasks_items(data: [create_tasks_input!]): [tasks!]!
    update_tasks_item(id: ID!, data: update_tasks_input!): tasks
    update_tasks_items(ids: [ID]!, data: update_tasks_input!): [tasks!]!
    delete_tasks_item(id: ID!): delete_one
    delete_tasks_items(ids: [ID]!): delete_many
    update_projects_item(id: ID!, data: update_projects_input!): projects
    create_projects_item(data: create_projects_input!): projects
    delete_projects_item(id: ID!): delete_one
  }
`;
const project = (data) =>
  data
    ? data.id && one(projects, data.id)
      ? set(one(projects, data.id), { ...data, id: null })
      : (projects.push({ id: ++made, title: data.title ?? 'new', budget: data.budget ?? 0 }), projects.at(-1))
    : null;
const newTask = ({ project: p, ...data }) => {
  const row = { id: ++made, name: 'new', status: 'open', points: 0, project: null };
  set(row, data);
  if (p) row.project = project(p).id;
  tasks.push(row);
  return row;
};
const changeTask = (row, { project: p, ...data }) => {
  set(row, data);
  if (p) row.project = project(p).id;
  return row;
};
const taskValue = (t, path) =>
  path === 'project.title' ? one(projects, t.project)?.title : (t[path] ?? null);
const resolvers = {
  ArticleBlocks: { __resolveType: ({ kind }) => kind },
  Article: {
    author: authorOf,
    seo: (a) => ({ id: 1, ...a.seo }),
    categories: (a, { filters }) =>
      a.categories.map((k) => doc(kinds, k)).filter((k) => k && fits(k, filters, {})),
    categories_connection: (a, { filters, pagination }) => {
      const all = a.categories.map((k) => doc(kinds, k)).filter((k) => k && fits(k, filters, {}));
      return { nodes: page(all, pagination ?? {}), pageInfo: info(all, pagination ?? {}) };
    },
  },
  Writer: {
    articles: (w, args) =>
      page(
        find(
          args,
          articles.filter((a) => a.author === w.documentId),
        ),
        args.pagination ?? {},
      ),
    articles_connection: (w, args) => {
      const all = find(
        args,
        articles.filter((a) => a.author === w.documentId),
      );
      return { nodes: page(all, args.pagination ?? {}), pageInfo: info(all, args.pagination ?? {}) };
    },
  },
  Kind: {
    articles: (k, args) =>
      find(
        args,
        articles.filter((a) => a.categories.includes(k.documentId)),
      ),
  },
  Home: { featured: (h) => h.featured.map((id) => doc(articles, id)).filter(Boolean) },
  Product: {
    brand: (p) => {
      const b = one(brands, p.brand);
      return { data: b && { id: b.id, attributes: b } };
    },
  },
  Brand: {
    products: (b, { pagination }) =>
      collection(
        products.filter((p) => p.brand === b.id),
        pagination ?? {},
      ),
  },
  Page: {
    parent: (p) => one(pages, p.parent),
    media: (p) => p.media.map((m) => one(media, m)).filter(Boolean),
    breadcrumbs: (p) => {
      const way = [];
      for (let at = p; at && way.length < 5; at = one(pages, at.parent))
        way.unshift({ doc: at, label: at.title });
      return way;
    },
  },
  Nav_Items: { page: ({ page: p }) => one(pages, p) },
  tasks: { project: (t) => one(projects, t.project) },
  projects: {
    tasks: (p, { filter, limit, sort }) =>
      sorted(
        tasks.filter((t) => String(t.project) === String(p.id) && fits(t, filter, ofTask)),
        sort,
        taskValue,
      ).slice(0, limit ?? 100),
    tasks_func: (p) => ({ count: tasks.filter((t) => String(t.project) === String(p.id)).length }),
  },
  Query: {
    article: (_, { documentId, status }) => {
      const a = doc(articles, documentId);
      return status === 'PUBLISHED' && !a?.publishedAt ? null : a;
    },
    articles: (_, args) => page(find(args), args.pagination ?? {}),
    articles_connection: (_, args) => ({
      nodes: page(find(args), args.pagination ?? {}),
      pageInfo: info(find(args), args.pagination ?? {}),
    }),
    writer: (_, { documentId }) => doc(writers, documentId),
    writers: (_, { filters }) => writers.filter((w) => fits(w, filters, ofWriter)),
    kinds: () => kinds,
    home: () => home,
    product: (_, { id }) => {
      const p = one(products, id);
      return { data: p && { id: p.id, attributes: p } };
    },
    products: (_, { filters, pagination }) =>
      collection(
        products.filter((p) => fits(p, filters, ofProduct)),
        pagination ?? {},
      ),
    brands: (_, { pagination }) => collection(brands, pagination ?? {}),
    brand: (_, { id }) => {
      const b = one(brands, id);
      return { data: b && { id: b.id, attributes: b } };
    },
    Page: (_, { id }) => one(pages, id),
    Pages: (_, { where, sort, ...args }) =>
      docs(
        sorted(
          pages.filter((p) => fits(p, where, {})),
          sort ? [sort] : [],
          (p, n) => p[n] ?? null,
        ),
        args,
      ),
    countPages: (_, { where }) => ({ totalDocs: pages.filter((p) => fits(p, where, {})).length }),
    Media: (_, { id }) => one(media, id),
    allMedia: (_, args) => docs(media, args),
    Nav: () => nav,
    tasks: (_, { filter, sort, limit, offset, search }) =>
      sorted(
        tasks.filter(
          (t) =>
            fits(t, filter, ofTask) &&
            (!search || t.name.includes(search) || one(projects, t.project)?.title.includes(search)),
        ),
        sort,
        taskValue,
      ).slice(offset ?? 0, (offset ?? 0) + (limit ?? 100)),
    tasks_by_id: (_, { id }) => one(tasks, id),
    tasks_aggregated: (_, args) => aggregated(tasks, args),
    projects: (_, { filter }) => projects.filter((p) => fits(p, filter, {})),
    projects_by_id: (_, { id }) => one(projects, id),
  },
  Mutation: {
    createArticle: (_, { data, status }) => {
      const a = {
        documentId: `a${++made}`,
        title: 'new',
        slug: null,
        rank: 0,
        author: null,
        categories: [],
        seo: {},
        blocks: [],
        publishedAt: status === 'PUBLISHED' ? '2026-02-02' : null,
      };
      set(a, data);
      articles.push(a);
      return a;
    },
    updateArticle: (_, { documentId, data, status }) => {
      const a = set(need(doc(articles, documentId)), data);
      if (status) a.publishedAt = status === 'PUBLISHED' ? '2026-02-02' : null;
      return a;
    },
    deleteArticle: (_, { documentId }) => {
      need(doc(articles, documentId));
      take(articles, (a) => a.documentId === documentId);
      return { documentId };
    },
    publishArticle: (_, { documentId }) =>
      set(need(doc(articles, documentId)), { publishedAt: '2026-03-03' }),
    createWriter: (_, { data: { name, articles: ids } }) => {
      const w = { documentId: `w${++made}`, name: name ?? 'new' };
      writers.push(w);
      for (const a of articles) if (ids?.includes(a.documentId)) a.author = w.documentId;
      return w;
    },
    updateWriter: (_, { documentId, data: { name, articles: ids } }) => {
      const w = need(doc(writers, documentId));
      if (name) w.name = name;
      if (ids)
        for (const a of articles)
          if (ids.includes(a.documentId)) a.author = documentId;
          else if (a.author === documentId) a.author = null;
      return w;
    },
    deleteWriter: (_, { documentId }) => {
      need(doc(writers, documentId));
      take(writers, (w) => w.documentId === documentId);
      return { documentId };
    },
    updateKind: (_, { documentId, data }) => set(need(doc(kinds, documentId)), data),
    updateHome: (_, { data }) => set(home, data),
    createProduct: (_, { data }) => {
      const p = set({ id: ++made, name: 'new', price: 0, brand: null }, data);
      products.push(p);
      return { data: { id: p.id, attributes: p } };
    },
    updateProduct: (_, { id, data }) => {
      const p = set(need(one(products, id)), data);
      return { data: { id: p.id, attributes: p } };
    },
    deleteProduct: (_, { id }) => {
      const p = need(one(products, id));
      take(products, (o) => o === p);
      return { data: { id: p.id, attributes: p } };
    },
    updateBrand: (_, { id, data: { name, products: ids } }) => {
      const b = need(one(brands, id));
      if (name) b.name = name;
      for (const p of products) if (ids?.includes(String(p.id))) p.brand = b.id;
      return { data: { id: b.id, attributes: b } };
    },
    createPage: (_, { data }) => {
      const p = set({ id: `p${++made}`, title: null, parent: null, media: [], _status: 'draft' }, data);
      pages.push(p);
      return p;
    },
    updatePage: (_, { id, data }) =>
      set(need(one(pages, id)), data.parent === id ? { ...data, parent: null } : data),
    deletePage: (_, { id }) => {
      const p = need(one(pages, id));
      take(pages, (o) => o === p);
      return p;
    },
    duplicatePage: (_, { id }) => {
      const p = { ...need(one(pages, id)), id: `p${++made}` };
      pages.push(p);
      return p;
    },
    restoreVersionPage: (_, { id }) => set(need(one(pages, id)), { title: `restored ${++made}` }),
    updateMedia: (_, { id, data }) => set(need(one(media, id)), data),
    deleteMedia: (_, { id }) => {
      const m = need(one(media, id));
      take(media, (o) => o === m);
      return m;
    },
    updateNav: (_, { data }) => set(nav, data),
    create_tasks_item: (_, { data }) => newTask(data),
    create_tasks_items: (_, { data }) => (data ?? []).map(newTask),
    update_tasks_item: (_, { id, data }) => changeTask(need(one(tasks, id)), data),
    update_tasks_items: (_, { ids, data }) =>
      ids
        .map((id) => one(tasks, id))
        .filter(Boolean)
        .map((t) => changeTask(t, data)),
    delete_tasks_item: (_, { id }) => {
      need(one(tasks, id));
      take(tasks, (t) => String(t.id) === id);
      return { id };
    },
    delete_tasks_items: (_, { ids }) => {
      take(tasks, (t) => ids.includes(String(t.id)));
      return { ids };
    },
    update_projects_item: (_, { id, data: { tasks: list, ...data } }) => {
      const p = set(need(one(projects, id)), { ...data, id: null });
      for (const t of list ?? []) {
        const row = t.id && one(tasks, t.id);
        if (row) Object.assign(set(row, { ...t, id: null }), { project: p.id });
        else newTask({ ...t, id: null, project: { id: String(p.id) } });
      }
      return p;
    },
    create_projects_item: (_, { data }) => project({ ...data, id: null }),
    delete_projects_item: (_, { id }) => {
      const p = need(one(projects, id));
      take(projects, (o) => o === p);
      for (const t of tasks) if (t.project === p.id) t.project = null;
      return { id };
    },
  },
};
serve(typeDefs, resolvers);
