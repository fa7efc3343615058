import { buildSchema, parse, validate } from 'graphql';
import { readConfig } from '../../src/config/read-config';
import { compileOperation, type Refusal } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';

const { limits } = readConfig({});
const schema = buildSchema(
  'type Query { item(id: ID): Item  items: [Item] } type Item { id: ID  name: String }',
);
const knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 60 }), configuration: '1' };

function refusalOf(text: string): Refusal {
  const found = compileOperation(knowledge, limits, text, undefined);
  if (!('errors' in found)) throw new Error('it is valid');
  return found;
}

const DOCUMENTS: Record<string, string> = {
  'unknown fields': '{ item { nope } items { neither\n id } }',
  'fields that conflict': '{ a: item { id: name\n\n id }\r\n a: items { id } }',
  'line breaks of all kinds': '\n\r\r\n{ item(id: """\n\r\n\r""") {\r nope\r\n other } }',
  'a fragment on what is none': 'fragment f on Nope { id }\n{ item { ...f } ...g }',
  'a variable nobody declared': 'query ($a: ID) { item(id: $b) { id } }',
  'values of the wrong type': '{ item(id: [1]) { id } items(first: { a: [1] }) { id } }',
  'more errors than are told': `{ ${Array.from({ length: 30 }, (_, index) => `f${index}\n`).join('')} }`,
};

describe('what is wrong with a document', () => {
  it.each(Object.entries(DOCUMENTS))('is said with the places that graphql-js names: %s', (_, text) => {
    const own = validate(schema, parse(text), undefined, { maxErrors: 10, hideSuggestions: true });
    const told = refusalOf(text).errors;
    expect(told.length).toBeGreaterThan(0);
    const said = ({ message, locations }: (typeof told)[number]) => ({ message, locations });
    expect(told.map(said)).toEqual(own.map(said));
  });

  it('P47 is looked for in its lines once, however much is wrong', () => {
    const lines = 10_000;
    const text = `${'\n'.repeat(lines)}{ ${Array.from({ length: 300 }, (_, index) => `f${index}`).join(' ')} }`;
    const looks = jest.spyOn(RegExp.prototype, 'exec');
    const { errors } = refusalOf(text);
    const count = looks.mock.calls.length;
    looks.mockRestore();
    expect(errors[9]!.locations).toEqual([{ line: lines + 1, column: 30 }]);
    expect(count).toBeGreaterThan(lines);
    expect(count).toBeLessThan(1.5 * lines);
  });

  it('is kept without the document', () => {
    for (const { nodes, source, originalError } of refusalOf('{ nope }').errors)
      expect([nodes, source, originalError]).toEqual([undefined, undefined, undefined]);
  });
});
