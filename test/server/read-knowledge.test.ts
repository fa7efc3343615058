import { assemble } from '../../src/server/assemble';
import { readConfig } from '../../src/config/read-config';
import { readKnowledge } from '../../src/server/read-knowledge';
import { compileOperation, type Operation } from '../../src/operation/operation';
import { createLog } from '../../src/report/log';
import { cleanupAfterEach } from '../kit/cleanup';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

describe('what a command knows', () => {
  it.each([
    ['the example', '{ trips { title } traveller(id: 1) { name } }'],
    ['an upstream', '{ product(id: 1) { name } products { name category { name } } }'],
    ['another default', '{ trips { title } }'],
  ])('is what a gateway knows: %s', async (of, text) => {
    const origin = cleanup.add(await startOrigin());
    const config = readConfig({
      LOG_LEVEL: 'silent',
      ...(of === 'an upstream' && { UPSTREAM_URL: origin.url }),
      ...(of === 'another default' && { DEFAULT_MAX_AGE: '5' }),
    });
    const assembly = cleanup.add(assemble(config, createLog('silent', false)));
    await assembly.start();
    const { knowledge } = await readKnowledge(config);
    const { catalogue } = assembly.gateway.snapshot!;
    const operations = [
      catalogue.find(text, undefined),
      compileOperation(knowledge, config.limits, text, undefined),
    ];
    for (const operation of operations) expect(operation).not.toHaveProperty('errors');
    expect((operations[0] as Operation).id).toBe((operations[1] as Operation).id);
  });
});
