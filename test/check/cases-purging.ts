import { mutation, query, type CheckCase } from './case';

/** A person that is kept, with a field of theirs, and whatever else there is. */
const cached = (field: string, rest: string, more = ''): string => `
  type Query { person: Person @cacheControl(maxAge: 5) ${more} }
  type Person @cacheControl(maxAge: 5) { id: ID! word: Word ${field} }
  ${rest.includes('type Word') ? '' : 'type Word { id: ID! }'}
  ${rest}`;

/** What can be wrong with keys, tags, mutations and lists. */
export const PURGING_CASES: readonly CheckCase[] = [
  ['key-unusable', 'a field that is not there', 'T', query('a: T', 'type T @key(fields: "gone") { id: ID }')],
  [
    'key-unusable',
    'a field that is an object',
    'T',
    query('a: T', 'type T @key(fields: "t") { id: ID t: T }'),
  ],
  ['key-unusable', 'no selection', 'T', query('a: T', 'type T @key(fields: "}") { id: ID }')],
  [
    'key-unusable',
    'an entity that is no name',
    'T',
    query('a: T', 'type T @key(fields: "id", entity: "a b") { id: ID! }'),
  ],
  [
    'entity-keys-differ',
    'two fields and one',
    'U',
    query(
      'a: T b: U',
      'type T @key(fields: "a b", entity: "E") { a: ID! b: ID! } type U @key(fields: "a", entity: "E") { a: ID! }',
    ),
  ],
  [
    'entity-under-several-names',
    'what a mutation returns',
    'Row',
    mutation(
      'm: Row',
      'type Row { id: ID! title: String views: Int } extend type Post { title: String views: Int }',
    ),
  ],
  ['key-nested', 'an object', 'T', query('a: T', 'type T @key(fields: "t { id }") { id: ID t: T }')],
  [
    'cached-type-without-key',
    'by a field',
    'T',
    query('a: T @cacheControl(maxAge: 5)', 'type T { name: String } type Mutation { m: T }'),
  ],
  [
    'cached-type-without-key',
    'behind an interface',
    'T',
    query('a: I @cacheControl(maxAge: 5)', 'interface I { x: Int } type T implements I { x: Int }'),
  ],
  ['tag-format-malformed', 'a brace', 'Query.a', query('a: Int @cacheTag(format: "t-{args.b}")')],
  [
    'tag-format-malformed',
    'a placeholder first',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "{$args.b}")'),
  ],
  [
    'tag-format-malformed',
    'two in a row',
    'Mutation.m',
    mutation('m(a: ID!, b: ID!): Post @purges(tags: ["t{$args.a}{$args.b}"])'),
  ],
  [
    'tag-format-unknown-argument',
    'on a field',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "t-{$args.c}")'),
  ],
  [
    'tag-format-unknown-argument',
    'within an input',
    'Query.a',
    query('a(b: B): Int @cacheTag(format: "t-{$args.b.d}")', 'input B { c: ID }'),
  ],
  [
    'tag-format-unknown-argument',
    'on a type',
    'T',
    query('a: T', 'type T @cacheTag(format: "t-{$args.id}") { id: ID }'),
  ],
  [
    'tag-format-unknown-argument',
    'on a mutation',
    'Mutation.m',
    mutation('m: Post @purges(tags: ["Post:{$args.id}"])'),
  ],
  ['tag-format-unknown-key', 'at the root', 'Query.a', query('a: Int @cacheTag(format: "t-{$key.id}")')],
  [
    'tag-format-unknown-key',
    'on a field',
    'T.b',
    query('a: T', 'type T { id: ID! b: Int @cacheTag(format: "t-{$key.sku}") }'),
  ],
  [
    'tag-format-unknown-key',
    'on a mutation',
    'Mutation.m',
    mutation('m: Post @purges(tags: ["t-{$key.id}"])'),
  ],
  [
    'tag-format-unknown-key',
    'on a type',
    'T',
    query('a: T', 'type T @cacheTag(format: "t-{$key.sku}") { id: ID }'),
  ],
  [
    'tag-format-unknown-key',
    'on an interface',
    'I',
    query('a: I', 'interface I @cacheTag(format: "t-{$key.id}") { x: Int } type T implements I { x: Int }'),
  ],
  [
    'tag-format-of-another-kind',
    'an entity',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "posts:{$args.b}")'),
  ],
  ['tag-format-of-another-kind', 'a list', 'Query.a', query('a: Int @cacheTag(format: "[T]")')],
  [
    'tag-format-of-another-kind',
    'a type',
    'Query.a',
    query('a: T @cacheTag(format: "T")', 'type T { id: ID }'),
  ],
  ['tag-format-unknown-type', 'a change', 'Query.a', query('a: Int @cacheTag(format: "~Gone")')],
  [
    'tag-format-of-another-kind',
    'a change, on a type',
    'T',
    query('a: T', 'type T @cacheTag(format: "~T") { id: ID! }'),
  ],
  [
    'tag-never-purged',
    'a tag',
    'Query.a',
    query('a: Int @cacheTag(format: "t")', 'type Mutation { m: Int @purges(tags: ["s"]) }'),
  ],
  [
    'tag-never-purged',
    'a tag of a type',
    'T',
    query(
      'a: T',
      'type T @cacheTag(format: "t-{$key.id}") { id: ID! } type Mutation { m: Int @purges(tags: ["s"]) }',
    ),
  ],
  ['purges-not-on-mutation', 'on a query', 'Query.a', query('a: Int @purges(tags: ["x"])')],
  [
    'purges-unknown-type',
    'an entity',
    'Mutation.m',
    mutation('m(a: ID!): Int @purges(tags: ["Pots:{$args.a}"])'),
  ],
  ['purges-unknown-type', 'a list', 'Mutation.m', mutation('m: Int @purges(tags: ["[Pots]"])')],
  [
    'purges-wrong-key',
    'too few values',
    'Mutation.m',
    mutation('m(a: ID!): T @purges(tags: ["T:{$args.a}"])', 'type T @key(fields: "a b") { a: ID b: ID }'),
  ],
  [
    'purges-wrong-key',
    'a type without key',
    'Mutation.m',
    mutation('m(a: ID!): T @purges(tags: ["T:{$args.a}"])', 'type T { a: ID }'),
  ],
  [
    'purges-wrong-key',
    'an interface',
    'Mutation.m',
    mutation(
      'm(a: ID!): T @purges(tags: ["I:{$args.a}"])',
      'interface I { id: ID } type T implements I { id: ID }',
    ),
  ],
  [
    'purges-optional-argument',
    'a nullable one',
    'Mutation.m',
    mutation('m(a: ID): Int @purges(tags: ["Post:{$args.a}"])'),
  ],
  ['purges-unmatched-tag', 'one nobody carries', 'Mutation.m', mutation('m: Int @purges(tags: ["nowhere"])')],
  [
    'references-without-effect',
    'a Boolean',
    'Mutation.m',
    mutation('m(id: ID!): Boolean @purges(tags: ["Post:{$args.id}"], references: false)'),
  ],
  ['mutation-purges-nothing', 'a Boolean', 'Mutation.m', mutation('m: Boolean')],
  [
    'mutation-purges-nothing',
    'a payload that no query returns',
    'Mutation.m',
    mutation('m: P', 'type P { ok: Boolean }'),
  ],
  ['mutation-purges-nothing', 'only malformed tags', 'Mutation.m', mutation('m: Int @purges(tags: ["{"])')],
  [
    'mutation-purges-type',
    'an object that may not be null',
    'Mutation.login',
    cached(
      'token: Int',
      'type Mutation { login(name: String): Entry } type Entry { token: Int user: Person! }',
    ),
  ],
  [
    'mutation-purges-type',
    'a reference that may not be null',
    'Mutation.say',
    cached('b: Int', 'type Mutation { say: Word } type Word { id: ID! by: Person! }', 'word: Word'),
  ],
  [
    'mutation-purges-type',
    'a change of which only a count comes back',
    'Mutation.updatePeople',
    cached('b: Int', 'type Mutation { updatePeople(name: String): Int }'),
  ],
  [
    'purges-without-its-type',
    'a delete whose tags leave out what it deletes',
    'Mutation.deleteWord',
    cached(
      'b: Int',
      'type Mutation { deleteWord(id: ID!): Boolean @purges(tags: ["[Person]"]) deletePerson(id: ID!): Boolean @purges(tags: ["Person:{$args.id}", "[Person]"]) } type Word { id: ID! by: Person }',
      'word: Word @cacheControl(maxAge: 5)',
    ),
  ],
  [
    'delete-may-cascade',
    'what refers to it',
    'Mutation.deleteWord',
    cached('b: Int', 'type Mutation { deleteWord(id: ID!): Int } type Word { id: ID! }', 'word: Word'),
  ],
  [
    'delete-may-cascade',
    'what refers to it, which has no key',
    'Mutation.deleteTag',
    cached(
      'b: Int',
      'type Mutation { deleteTag(name: String!): Int } type Tag { name: String } type Tagging { weight: Int tag: Tag }',
      'taggings: [Tagging] @cacheControl(maxAge: 5) tag: Tag',
    ),
  ],
  [
    'change-may-cascade',
    'what refers to what goes through something',
    'Mutation.publishWord',
    cached('b: Int', 'type Mutation { publishWord(id: ID!): Word } type Word { id: ID! }', 'word: Word'),
  ],
  [
    'former-owner',
    'a reference that is set',
    'Mutation.updateWord',
    cached(
      'words: Int',
      'type Mutation { updateWord(id: ID!, byId: ID): Word } type Word { id: ID! by: Person }',
      'word: Word',
    ),
  ],
  [
    'former-owner',
    'a reference that is set by a key of another name',
    'Mutation.updateWord',
    query(
      'word: Word desk: Desk @cacheControl(maxAge: 5)',
      `type Word { id: ID! desk: Desk } type Desk @key(fields: "rowId") { rowId: Int! wordCount: Int }
       type Mutation { updateWord(id: ID!, deskId: Int): Word }`,
    ),
  ],
  [
    'former-owner',
    'a reference that is set by another value',
    'Mutation.moveWord',
    cached(
      'count: Int path: String',
      'type Mutation { moveWord(id: ID!, personPath: String): Word } type Word { id: ID! person: Person }',
    ),
  ],
  [
    'former-owner',
    'a reference that is set from its other side',
    'Mutation.setWords',
    cached(
      'words: [Word!]!',
      'type Mutation { setWords(personId: ID!, wordIds: [ID!]!): Person } type Word { id: ID! by: Person }',
      'word: Word',
    ),
  ],
  [
    'former-owner',
    'things that are there already within what is made',
    'Mutation.createPerson',
    cached(
      'words: [Word!]!',
      'type Mutation { createPerson(data: PersonIn): Person } input PersonIn { words: [WordIn!] } input WordIn { id: ID } type Word { id: ID! by: Person }',
      'word: Word',
    ),
  ],
  [
    'former-owner',
    'a thing that is there already and is given to another within what is made',
    'Mutation.createNote',
    cached(
      'count: Int',
      'type Mutation { createNote(data: NoteIn): Note } input NoteIn { word: WordIn } input WordIn { id: ID by: PersonIn } input PersonIn { id: ID } type Word { id: ID! by: Person } type Note { id: ID! word: Word }',
      'note: Note',
    ),
  ],
  [
    'object-nobody-purges',
    'an object',
    'Query.a',
    query('a: T @cacheControl(maxAge: 5)', 'type T { x: Int }'),
  ],
  [
    'argument-not-read',
    'a text to search for',
    'Query.a',
    query(
      'a(text: String, id: ID, name: String): [T] @cacheControl(maxAge: 5)',
      'type T { id: ID! name: String }',
    ),
  ],
  [
    'argument-not-read',
    'a switch that is called like no field',
    'Query.a',
    query('a(trending: Boolean, first: Int): [T] @cacheControl(maxAge: 5)', 'type T { id: ID! }'),
  ],
  [
    'argument-not-read',
    'JSON in an input',
    'Query.a',
    query(
      'a(by: By): [T] @cacheControl(maxAge: 5)',
      'scalar JSON input By { where: JSON } type T { id: ID! }',
    ),
  ],
  [
    'list-never-purged',
    'a list whose element is only touched',
    'Query.a',
    query(
      'a: [T] @cacheControl(maxAge: 5)',
      'type T { id: ID! } type Mutation { m: T @purges(lists: false) }',
    ),
  ],
  [
    'value-nobody-purges',
    'a number that is called like a value of something',
    'Query.totalScore',
    query('totalScore: Int @cacheControl(maxAge: 5) post: Post', 'type Post { id: ID! score: Int }'),
  ],
  [
    'list-purged-from-outside',
    'a list nothing touches',
    'Query.a',
    query('a: [T] @cacheControl(maxAge: 5)', 'type T { id: ID }'),
  ],
  [
    'value-nobody-purges',
    'figures in rows of a view',
    'Query.a',
    query(
      'a: [T] @cacheControl(maxAge: 5)',
      'type T { by: U rank: Int } type U { id: ID! } type Mutation { m: U }',
    ),
  ],
  ['value-nobody-purges', 'a count', 'Query.a', query('a: Int @cacheControl(maxAge: 5)')],
  [
    'unreadable-argument',
    'a table without a name',
    'T',
    query('t: T', 'type T @table(name: "public.") { id: ID! }'),
  ],
  [
    'unreadable-argument',
    'columns that are no texts',
    'T',
    query('t: T', 'type T @table(name: "t", lists: [1]) { id: ID! }'),
  ],
  [
    'unreadable-argument',
    'tags that are no texts',
    'T',
    query('t: T', 'type T @table(name: "t", tags: [a]) { id: ID! }'),
  ],
  [
    'unreadable-argument',
    'a key that is no text',
    'T',
    query('t: T', 'type T @table(name: "t", key: ["id"]) { id: ID! }'),
  ],
  ['unused-directive', 'a table of a root type', 'Query', 'type Query @table(name: "t") { x: Int }'],
  [
    'tag-format-malformed',
    'an argument in a tag of a row',
    'T',
    query('t: T', 'type T @table(name: "t", tags: ["a-{$args.b}"]) { id: ID! }'),
  ],
  [
    'purges-unmatched-tag',
    'a tag of a row that nobody carries',
    'T',
    query('t: T', 'type T @table(name: "t", tags: ["a-{$row.b}"]) { id: ID! }'),
  ],
  [
    'purges-unknown-type',
    'a type of a row that is none',
    'T',
    query('t: T', 'type T @table(name: "t", tags: ["Nil:{$row.b}"]) { id: ID! }'),
  ],
];
