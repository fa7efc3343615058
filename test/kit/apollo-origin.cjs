/**
 * Somebody else's GraphQL server, in a process of its own: Apollo Server with the countries of `countries-list`.
 * Nothing of Lastmile is in it. Prints `{"url":"..."}` once it listens. PORT: where; 0 or absent: anywhere free.
 */
const { ApolloServer } = require('@apollo/server');
const { startStandaloneServer } = require('@apollo/server/standalone');
const { continents, countries, languages } = require('countries-list');

const typeDefs = `
  type Query {
    countries(continent: ID): [Country!]!
    country(code: ID!): Country
    continents: [Continent!]!
    "How often anything was asked for: an answer that is the same twice was not asked for twice."
    asked: Int!
    fail: Int
  }
  type Mutation {
    renameCountry(code: ID!, name: String!): Country
  }
  type Country { id: ID! code: ID! name: String! native: String! capital: String! continent: Continent! languages: [Language!]! }
  type Continent { id: ID! code: ID! name: String! countries: [Country!]! }
  type Language { id: ID! code: ID! name: String! native: String! }
`;

let asked = 0;

const byCode = new Map(
  Object.entries(countries).map(([code, country]) => [code, { ...country, id: code, code }]),
);
const continentOf = (code) => code in continents && { id: code, code, name: continents[code] };
const languageOf = (code) => code in languages && { id: code, code, ...languages[code] };

const resolvers = {
  Query: {
    countries: (_root, { continent }) =>
      [...byCode.values()].filter((country) => !continent || country.continent === continent),
    country: (_root, { code }) => byCode.get(code),
    continents: () => Object.keys(continents).map(continentOf),
    asked: () => asked,
    fail: () => {
      throw new Error('This field always fails.');
    },
  },
  Mutation: {
    renameCountry(_root, { code, name }) {
      const country = byCode.get(code);
      if (country) country.name = name;
      return country;
    },
  },
  Country: {
    continent: (country) => continentOf(country.continent),
    languages: (country) => country.languages.map(languageOf),
  },
  Continent: {
    countries: ({ code }) => [...byCode.values()].filter((country) => country.continent === code),
  },
};

async function main() {
  const counting = {
    requestDidStart: () => {
      asked++;
      return Promise.resolve();
    },
  };
  const server = new ApolloServer({ typeDefs, resolvers, introspection: true, plugins: [counting] });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: Number(process.env.PORT ?? 0) },
  });
  console.log(JSON.stringify({ url: new URL('/graphql', url).href }));
}

void main();
