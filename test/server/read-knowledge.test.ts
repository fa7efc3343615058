import { assemble } from '../../src/server/assemble';
import { readConfig } from '../../src/config/read-config';
import { readKnowledge } from '../../src/server/read-knowledge';
import { createLog } from '../../src/report/log';
import { cleanupAfterEach } from '../kit/cleanup';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

describe('what a command knows', () => {
  it.each([['the example'], ['an upstream'], ['another default']])(
    'is what a gateway knows: %s',
    async (of) => {
      const origin = cleanup.add(await startOrigin());
      const config = readConfig({
        LOG_LEVEL: 'silent',
        ...(of === 'an upstream' && { UPSTREAM_URL: origin.url }),
        ...(of === 'another default' && { DEFAULT_MAX_AGE: '5' }),
      });
      const assembly = cleanup.add(assemble(config, createLog('silent', false)));
      await assembly.start();
      const { knowledge } = await readKnowledge(config);
      expect(knowledge.version).toBe(assembly.schema.kept?.version);
      expect(knowledge.version).toMatch(/^[\w-]{22}$/);
    },
  );
});
