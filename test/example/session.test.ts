import { askExample } from './ask';

const ask = askExample();
const PRIVATE = '{ me { id name email passport } }';

it.each([
  ['a bearer token', { authorization: 'Bearer traveller-3' }],
  ['a scheme in another case', { authorization: 'bearer traveller-3' }],
  ['x-traveller', { 'x-traveller': 'traveller-3' }],
  [
    'a bearer token before x-traveller',
    { authorization: 'Bearer traveller-3', 'x-traveller': 'traveller-4' },
  ],
])('knows who asks by %s', async (_, headers) => {
  const { data } = await ask(PRIVATE, headers);
  expect(data.me).toEqual({
    id: 'traveller-3',
    name: expect.any(String),
    email: expect.stringMatching(/@travellers\.example$/),
    passport: expect.stringMatching(/^[A-Z]{2}\d{7}$/),
  });
});

it.each([
  ['no context at all', undefined],
  ['no headers', {}],
  ['an unknown traveller', { 'x-traveller': 'traveller-0' }],
  ['another scheme', { authorization: 'Basic traveller-3' }],
  ['a name from the prototype', { 'x-traveller': '__proto__' }],
])('is nobody with %s', async (_, headers) => {
  const { data, errors } = await ask(PRIVATE, headers);
  expect({ data, errors }).toEqual({ data: { me: null }, errors: [] });
});

it('shows e-mail and passport to the traveller alone, wherever they are asked for', async () => {
  const query = `{
    travellers { id email number: passport }
    node(id: "traveller-4") { ... on Traveller { email passport } }
    search(text: "curlew") { ... on Traveller { id email passport } }
  }`;
  const { data } = await ask(query, { 'x-traveller': 'traveller-3' });
  for (const { id, email, number } of data.travellers) {
    expect({ id, shown: email !== null, number: number !== null }).toEqual({
      id,
      shown: id === 'traveller-3',
      number: id === 'traveller-3',
    });
  }
  expect(data.node).toEqual({ email: null, passport: null });
  expect(data.search).toEqual([{ id: 'traveller-6', email: null, passport: null }]);
});

it('gives every traveller an e-mail address and a passport of their own', async () => {
  const seen = new Set<string>();
  for (let number = 1; number <= 30; number++) {
    const { data } = await ask(PRIVATE, { 'x-traveller': `traveller-${number}` });
    seen.add(data.me.email).add(data.me.passport);
  }
  expect(seen.size).toBe(60);
});
