import { startAnswering, type AskedText } from '../kit/answering';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';

const cleanup = cleanupAfterEach();

const SCHEMA = `
  directive @cacheControl(maxAge: Int) on FIELD_DEFINITION | OBJECT
  directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT
  directive @key(fields: String!) on OBJECT
  directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  scalar Long scalar Decimal scalar JSON
  type Item @cacheControl(maxAge: 60) { id: ID! n: Long price: Decimal meta: JSON }
  type Row @cacheControl(maxAge: 60) @key(fields: "no") { no: Long! name: String }
  input Filter { n: Long, f: Float }
  type Query {
    item(id: ID!): Item @cacheControl(maxAge: 60)
    row(no: Long!): Row @cacheControl(maxAge: 60)
    echo(n: Long, d: Decimal, f: Float, j: JSON): String @cacheControl(maxAge: 60)
    tagged(n: Long, filter: Filter): String @cacheControl(maxAge: 60)
      @cacheTag(format: "n-{$args.n}") @cacheTag(format: "f-{$args.filter}")
  }
  type Mutation { change(id: ID): Item  touch(n: Long): Boolean }
  type Subscription { item: Item }`;

const NUMBERS =
  '"n":9007199254740993,"price":19.90,"meta":{"2":12345678901234567890,"1":1E5,"z":-0,"u":"\\u0041\\/"}';
const ITEM = `{${NUMBERS}}`;

/** A gateway in front of an upstream that answers with the text this makes of a request. */
async function serving(answer: (asked: AskedText) => string, type?: string) {
  const upstream = cleanup.add(await startAnswering(answer, type));
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: upstream.url }, { schema: SCHEMA }));
  return { asked: upstream.asked, gateway };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const post = (gateway: GatewayProcess, body: string) => gateway.send({ headers: JSON_HEADERS, body });

/** An answer with what was added to the question at the end of the object, as upstream puts it. */
const added = ({ query }: AskedText, value: string) => {
  const alias = /__lm_key_\w*/.exec(query)?.[0];
  return alias ? `,"${alias}":${value}` : '';
};

const SAID = [
  '9223372036854775807',
  '-9007199254740993',
  '1234567890.123456789012',
  '19.90',
  '1e400',
  '-0',
  '{"2":1.0,"1":[9007199254740993]}',
];

describe('P64 the numbers of variables', () => {
  it.each(SAID)('keep their digits on every way to upstream: %s', async (text) => {
    const { asked, gateway } = await serving(() => '{"data":{"echo":"x","change":null}}');
    const query = 'query($v: JSON) { echo(j: $v) }';
    const variables = `{"v":${text}}`;
    await post(gateway, `{"query":"${query}","variables":${variables}}`);
    await post(gateway, `[{"query":"${query} #","variables":${variables}}]`);
    await gateway.send({
      method: 'GET',
      path: `/graphql?${new URLSearchParams({ query: `${query} ##`, variables }).toString()}`,
    });
    await post(gateway, `{"query":"query($v: JSON = [[7]]) { a: echo(j: $v) }","variables":${variables}}`);
    await post(gateway, `{"query":"mutation($v: ID) { change(id: $v) { n } }","variables":${variables}}`);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    for (const { body } of asked) expect(/"variables":(.*)\}$/.exec(body)![1]).toBe(variables);
  });

  it('keep their digits where the document has them as defaults', async () => {
    const { asked, gateway } = await serving(() => '{"data":{"echo":"x"}}');
    await gateway.query(
      'query($n: Long = 9007199254740993, $j: JSON = { a: [1.10, -0] }) { echo(n: $n, j: $j) }',
    );
    expect(asked[0]!.body).toContain('"variables":{"n":9007199254740993,"j":{"a":[1.10,-0]}}');
  });

  it('are different keys where they are different numbers', async () => {
    const { gateway } = await serving(({ body }) => `{"data":{"echo":"${/"v":(\d+)/.exec(body)![1]}"}}`);
    for (const number of ['9007199254740992', '9007199254740993', '9007199254740994']) {
      const answer = await post(
        gateway,
        `{"query":"query($v: Long) { echo(n: $v) }","variables":{"v":${number}}}`,
      );
      expect(answer.data).toEqual({ echo: number });
    }
  });

  it('are refused where a name is wanted', async () => {
    const { gateway } = await serving(() => '{"data":{"echo":"x"}}');
    for (const body of ['1.0', '[1.0]', '{"query":1.0}', '{"query":"{ echo }","variables":1.0}'])
      expect((await post(gateway, body)).status).toBe(400);
  });
});

describe('P64 an answer', () => {
  it.each([
    ['id and all', '{ item(id: 1) { id n price meta } }', '"id":1.0,'],
    ['nothing that names it', '{ item(id: 1) { n price meta } }', ''],
  ])('is passed on and stored as upstream wrote it, if %s is selected', async (_, query, id) => {
    const { gateway } = await serving((one) => `{"data":{"item":{${id}${NUMBERS}${added(one, '1.0')}}}}`);
    for (const status of ['fwd=uri-miss; stored', 'hit; ttl=']) {
      const answer = await gateway.query(query);
      expect(answer.cacheStatus).toContain(status);
      expect(answer.text).toBe(`{"data":{"item":{${id}${NUMBERS}}}}`);
    }
  });

  it('to a mutation keeps its digits', async () => {
    const { gateway } = await serving(
      (one) => `{"data":{"change":{${NUMBERS}${added(one, '"1"')}}},"extensions":{"cost":1.50}}`,
    );
    const answer = await gateway.query('mutation { change(id: 1) { n price meta } }');
    expect(answer.text).toBe(`{"data":{"change":${ITEM}},"extensions":{"cost":1.50}}`);
    const token = await gateway.query('mutation { change(id: 1) { n price meta } }', {
      headers: { 'lastmile-debug': '1' },
    });
    expect(token.text).toContain(`"change":${ITEM}`);
  });

  it('keeps its digits beside errors and within them', async () => {
    const error =
      '{"message":"no","path":["item"],"locations":[{"line":1,"column":1}],"extensions":{"balance":1.10}}';
    const { gateway } = await serving(
      () => `{"errors":[${error}],"data":{"item":${ITEM}},"extensions":{"cost":2.0}}`,
    );
    expect((await gateway.query('{ item(id: 1) { id n price meta } }')).text).toBe(
      `{"errors":[{"message":"no","path":["item"],"extensions":{"balance":1.10}}],"data":{"item":${ITEM}},"extensions":{"cost":2.0}}`,
    );
  });

  it('that is explained keeps its digits', async () => {
    const { gateway } = await serving((one) => `{"data":{"item":{${NUMBERS}${added(one, '"1"')}}}}`);
    const body =
      '{"query":"query($i: ID!) { item(id: $i) { n price meta } }","variables":{"i":9007199254740993}}';
    const answer = await gateway.send({ headers: { ...JSON_HEADERS, 'lastmile-debug': '1' }, body });
    expect(answer.text).toContain(`"item":${ITEM}`);
    expect(answer.text).toContain('"i":9007199254740993');
  });

  const placed = (more: string) =>
    `"errors":[{"path":["item"],"type":"GONE","message":"n\\u006f",${more}"extensions":{"2":1.10,"1":2}}]`;
  const POSITION = '"locations":[{"line":1,"column":1}],';

  it('that is an event is passed on as upstream wrote it, beside errors as well', async () => {
    const texts = ['', `,${placed(POSITION)}`, ',"errors":"no"', ',"extensions":{"2":1.10,"1":2}'].map(
      (more) => `{"data":{"item":${ITEM}}${more}}`,
    );
    const { gateway } = await serving(
      () => `${texts.map((text) => `event: next\ndata: ${text}\n\n`).join('')}event: complete\ndata:\n\n`,
      'text/event-stream',
    );
    const answer = await gateway.query('subscription { item { n price meta } }', {
      headers: { accept: 'text/event-stream' },
    });
    const events = answer.text.split('\n').filter((line) => line.startsWith('data: {'));
    expect(events).toEqual(texts.map((text) => `data: ${text.replace(POSITION, '')}`));
  });

  it('in parts is passed on as upstream wrote it, beside errors as well', async () => {
    const first = `{"data":{"item":{"id":"1"}},${placed(POSITION)},"hasNext":true}`;
    const patch = `{"incremental":[{"path":["item"],"data":${ITEM}}],"hasNext":true}`;
    const last = `{"incremental":[{"path":["item"],"data":null,${placed(POSITION)}}],"hasNext":false}`;
    const head = 'Content-Type: application/json\r\n\r\n';
    const { gateway } = await serving(
      () => `--x\r\n${[first, patch, last].map((part) => `${head}${part}\r\n--x`).join('\r\n')}--\r\n`,
      'multipart/mixed; boundary=x',
    );
    const answer = await gateway.query('{ item(id: 1) { id ... @defer { n price meta } } }', {
      headers: { accept: 'multipart/mixed' },
    });
    const parts = answer.text.split('\r\n').filter((line) => line.startsWith('{'));
    const own = (text: string) => text.replace(POSITION, '');
    // An error of a patch is written anew, but for what it says.
    expect(parts).toEqual([own(first), patch, own(last).replace('n\\u006f', 'no')]);
  });
});

describe('a purge', () => {
  const purge = async (gateway: GatewayProcess, tag: string) => {
    const body = JSON.stringify({ tags: [tag] });
    const { status } = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: JSON_HEADERS,
      body,
    });
    expect(status).toBe(200);
  };

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['1234567890123456789', '1234567890123456788'],
    ['42', '43'],
  ])('of row %s refuses its answer, and not that of %s', async (no, other) => {
    const { gateway } = await serving((one) => {
      const number = /no: ?(\d+)/.exec(one.query)![1]!;
      return `{"data":{"row":{"name":"row"${added(one, number)}}}}`;
    });
    const ask = async (number: string) =>
      (await gateway.query(`{ row(no: ${number}) { name } }`)).cacheStatus;
    for (const number of [no, other]) await ask(number);
    await purge(gateway, `Row:${no}`);
    expect(await ask(other)).toContain('hit');
    expect(await ask(no)).toContain('fwd=stale');
  });

  it.each(['9007199254740993', '1234567890.123456789012'])(
    'of a declared tag with %s refuses what it made, however the number came',
    async (number) => {
      const { gateway } = await serving(() => '{"data":{"tagged":"x"}}');
      const asks = [
        `{"query":"query($n: Long) { tagged(n: $n) }","variables":{"n":${number}}}`,
        `{"query":"{ tagged(n: ${number}) }"}`,
        `{"query":"query($n: Long = ${number}) { tagged(n: $n) }"}`,
      ];
      for (const ask of asks) await post(gateway, ask);
      await purge(gateway, `n-${number}`);
      for (const ask of asks) expect((await post(gateway, ask)).cacheStatus).toContain('fwd=stale');
    },
  );

  it('of a declared tag refuses what equal numbers within an input made', async () => {
    const { gateway } = await serving(() => '{"data":{"tagged":"x"}}');
    const asks = [
      '{"query":"query($f: Filter) { tagged(filter: $f) }","variables":{"f":{"n":10.0,"f":1.00000000000000000001}}}',
      '{"query":"{ tagged(filter: { f: 1.00000000000000000001, n: 10 }) }"}',
    ];
    for (const ask of asks) await post(gateway, ask);
    await purge(gateway, 'f-{"f":1,"n":10}');
    for (const ask of asks) expect((await post(gateway, ask)).cacheStatus).toContain('fwd=stale');
  });
});
