/** The world on one machine: `npm run world`. See `--help`, and PLAN.md for what lies beyond one machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOptions, USAGE, type WorldOptions } from './options';
import { formatHtml } from './report/html';
import { formatMarkdown } from './report/markdown';
import { latencyChart } from './report/latency-chart';
import { formatFindings } from './report/findings';
import { isGood, type WorldResult } from './result';
import { WorldRun, type Watcher } from './run';
import { formatLine, Screen, type Moment } from './table';

/** Exit status: 0 every promise kept, 1 one broken or a failure, 2 wrong usage, 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  let options: WorldOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const screen = process.stdout.isTTY && !options.json ? new Screen(process.stdout) : undefined;
  process.on('exit', () => screen?.close());
  const run = new WorldRun(options, watcherFor(options, screen));
  const interrupted = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(undefined));
  });
  const running = run.run(`npm run world -- ${args.join(' ')}`.trim());
  // Ending the processes makes it fail; that is then no news.
  running.catch(() => {});
  try {
    const result = await Promise.race([running, interrupted]);
    screen?.close();
    if (!result) process.stderr.write('Interrupted: ending every process of it.\n');
    await run.stop();
    return result ? await report(options, result) : 130;
  } catch (error) {
    await run.stop();
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function watcherFor({ json, regions }: WorldOptions, screen: Screen | undefined): Watcher {
  if (json)
    return {
      started: (startedIn) => line({ kind: 'started', startedIn }),
      moment: ({ figures, states, arrivals, ...moment }: Moment) => {
        const regions = figures?.regions.map((region) => ({
          ...region,
          withCurve: undefined,
          withoutCurve: undefined,
          seconds: undefined,
          state: states.get(region.region),
        }));
        line({
          kind: 'second',
          ...moment,
          arrivals,
          readsChecked: figures?.readsChecked,
          broken: figures?.broken,
          regions,
        });
      },
    };
  process.stdout.write(`Starting ${regions.join(', ')} ...\n`);
  return {
    started: (milliseconds) =>
      process.stdout.write(`Every region was ready after ${(milliseconds / 1000).toFixed(1)} s.\n`),
    moment: (moment) => (screen ? screen.draw(moment) : process.stdout.write(`${formatLine(moment)}\n`)),
  };
}

async function report(options: WorldOptions, result: WorldResult): Promise<number> {
  const markdown = formatMarkdown(result);
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    await writeFile(join(options.out, 'report.md'), markdown);
    await writeFile(join(options.out, 'report.html'), formatHtml(result));
    await writeFile(join(options.out, 'latency.svg'), latencyChart(result));
    await writeFile(join(options.out, 'result.json'), `${JSON.stringify(result)}\n`);
  }
  if (options.json) line({ kind: 'result', good: isGood(result), ...result });
  else process.stdout.write(`\n${markdown}\n`);
  if (result.load.broken > 0) process.stderr.write(`${formatFindings(result.load.findings)}\n`);
  return isGood(result) ? 0 : 1;
}

function line(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

main(process.argv.slice(2)).then(
  // Sockets that linger must not keep a program that is done.
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
