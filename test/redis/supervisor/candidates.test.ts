import { discoverByName } from '../../../src/redis/supervisor/primary-election';

describe('candidates', () => {
  it('are the addresses of a name, and this machine knows its own', async () => {
    const found = await discoverByName('127.0.0.1', 6380)();
    expect(found).toEqual([{ id: '127.0.0.1', host: '127.0.0.1', port: 6380, isSelf: true }]);
  });

  it('are others where the address is another machine', async () => {
    // TEST-NET-3 (RFC 5737): nobody's.
    const [found] = await discoverByName('203.0.113.7', 6380)();
    expect(found).toMatchObject({ id: '203.0.113.7', isSelf: false });
  });

  it('are told by one text however an address is written', async () => {
    const [found] = await discoverByName('fdaa:0:0000:a7b::0003', 6380, 'FDAA:0:0:A7B:0:0:0:3')();
    expect(found).toMatchObject({ id: 'fdaa:0:0:a7b::3', isSelf: true });
  });

  it('cannot be found under a name that has no address', async () => {
    await expect(discoverByName('nobody.invalid', 6380)()).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
  });
});
