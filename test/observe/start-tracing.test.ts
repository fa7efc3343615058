import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTracing } from '../../src/observe/tracing/start-tracing';
import { takeDownLog } from '../kit/log';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);

/** What of OpenTelemetry a process has loaded once it was told to trace, or was not. */
async function loadedBy(traces: object | undefined): Promise<string[]> {
  const script = `
    const { startTracing } = require('./src/observe/tracing/start-tracing.ts');
    require('./src/server/serve.ts');
    const health = { failed() {}, well() {}, noticed() {} };
    const config = { region: { name: 'syd' }, traces: ${JSON.stringify(traces)} };
    startTracing(config, { warn() {} }, { health: () => health }).then(async (tracing) => {
      await tracing?.close();
      const loaded = Object.keys(require.cache).map((file) => /@opentelemetry\\/[\\w-]+/.exec(file)?.[0]);
      console.log(JSON.stringify([...new Set(loaded)].filter(Boolean)));
    });`;
  const hook = join(ROOT, 'test/kit/typescript-hook.cjs');
  const { stdout } = await run(process.execPath, ['--require', hook, '-e', script], { cwd: ROOT });
  return JSON.parse(stdout) as string[];
}

describe('the packages of OpenTelemetry', () => {
  it('are not loaded where nothing is traced', async () => {
    // prom-client itself asks for the API.
    expect(await loadedBy(undefined)).toEqual(['@opentelemetry/api']);
  });

  it('are loaded where something is', async () => {
    const traces = { endpoint: 'http://127.0.0.1:1', sample: 1, serviceName: 'lastmile' };
    expect(await loadedBy(traces)).toEqual(
      expect.arrayContaining(['@opentelemetry/api', '@opentelemetry/sdk-trace-node']),
    );
  });

  it('that are not installed are asked for, and nothing else is kept from running', async () => {
    jest.doMock('@opentelemetry/exporter-trace-otlp-http', () => {
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    });
    const { log, lines } = takeDownLog();
    const traces = { endpoint: 'http://127.0.0.1:1', sample: 1, serviceName: 'lastmile' };
    const region = { name: 'syd', primary: 'syd', isPrimary: true, primaryUrl: undefined } as never;
    expect(await startTracing({ traces, region }, log, undefined as never)).toBeUndefined();
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        remedy: expect.stringMatching(/^npm install @opentelemetry\/\S+ /),
      }),
    ]);
  });
});
