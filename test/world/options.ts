import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseFault, type Fault } from './faults';
import { PRIMARY_REGION, REGIONS } from './geography';

/** Ways to break the world so that its checker has something to see, and the promise each breaks. For tests only. */
export const CONTROLS = {
  'late-log': 'bound',
  'stale-origin': 'bound',
  'crossed-users': 'private',
  'dropped-tokens': 'token',
} as const;
export type Control = keyof typeof CONTROLS;

export interface WorldOptions {
  readonly regions: readonly string[];
  readonly seed: number;
  /** seconds in which nothing is measured, though everything is checked */
  readonly warmup: number;
  /** seconds that are measured */
  readonly duration: number;
  /** requests are sent as fast as they are answered, and no latency is quoted */
  readonly truth: boolean;
  /** requests a second of all clients together, without those that ask the origin directly; of no account with `truth` */
  readonly rate: number;
  /** acknowledged changes to go on for, beyond the duration if need be */
  readonly atLeast: number;
  /** the same during the warm-up: caches fill with requests, not with time */
  readonly warmupRate: number;
  /** only what clients ask of their own accord fills the caches; otherwise each region is asked everything once */
  readonly cold: boolean;
  /** files that say what may be cached, laid over the origin's schema or standing for it */
  readonly schema: string;
  /** share of mutations among them, from 0 to 1 */
  readonly mutations: number;
  /** share of reads that look at what was changed lately, from 0 to 1 */
  readonly following: number;
  /** share of queries that are pages of signed-in clients, of parts for different eyes, from 0 to 1 */
  readonly signedIn: number;
  /** PARTS of every gateway */
  readonly parts: boolean;
  /** every region knows the origin by the same UPSTREAM_URL; false: by one of its own, so that no region's answers are of use to another */
  readonly sharedUpstream: boolean;
  /** milliseconds the origin takes */
  readonly serviceMs: number;
  /** milliseconds: FRESHNESS_BOUND_MS of every gateway, and what the checker holds them to */
  readonly boundMs: number;
  /** seconds of each step, when the rate is raised after the measurement until something is saturated; 0: it is not */
  readonly ramp: number;
  readonly faults: readonly Fault[];
  /** machine-readable lines instead of a table */
  readonly json: boolean;
  /** where the report goes; undefined: nowhere */
  readonly out: string | undefined;
  /** run the gateways from src/ instead of dist/ */
  readonly fromSource: boolean;
  /** folder of another build, which every second gateway runs: see `Builds`; undefined: all run one */
  readonly beside: string | undefined;
  readonly controls: readonly Control[];
}

const CACHING = join(__dirname, 'caching.graphql');

export const USAGE = `npm run world -- [options]

  --regions iad,lhr,syd   some of ${REGIONS.join(', ')}; ${PRIMARY_REGION} is always one (all)
  --duration 60           seconds that are measured
  --at-least 0            changes to go on for beyond them, for a minute at most
  --warmup 60             seconds before them
  --rate 400              requests a second, all regions together
  --truth                 instead of a rate: as many as are answered, to check as many reads as can be; no latency quoted
  --warmup-rate RATE      the same during the warm-up (half of it: asking everything once is work too)
  --cold                  not every question is asked once in every region during the warm-up
  --schema FILES          what may be cached (test/world/caching.graphql, a tag for each list)
  --mutations 2           of them mutations, in percent
  --following 1           reads that look at what was changed lately, in percent
  --signed-in 0           queries that are pages of signed-in clients, in percent: something for all, something private,
                          and in three of ten something that is never cached
  --parts 1               0: the gateways cut no answer into parts (PARTS=0), to compare
  --shared-upstream 1     0: each region has an UPSTREAM_URL of its own, so that the primary region's cache has nothing
                          for the others and each asks upstream itself, to compare
  --seed 1                the same seed sends the same operations
  --service-time 30       milliseconds the origin takes for an operation
  --bound 5000            freshness bound in milliseconds
  --fault cut:syd@20s+10s also blackhole, delay, refuse, kill-primary, kill-gateway, resync; several times;
                          counted from the end of the warm-up; in place of a region \`all\`: kill-gateway:all@0s starts
                          every gateway anew, resync:all@0s loses every entry, and the report tells of the minute after
  --ramp 10               then raise the rate by a quarter every so many seconds, until the machine is saturated
  --json                  a line of JSON a second, and the whole result at the end
  --out DIR               where report.md, report.html and latency.svg are written (test/world/out)
  --no-report             write none
  --from-source           run the gateways from src/ instead of dist/
  --beside DIR            run every second gateway from the dist/ of another version, as while an upgrade rolls; with
                          --fault kill-gateway:... a gateway comes back as the other version
  --control NAME          break the world so that the check must fail: ${Object.keys(CONTROLS).join(', ')};
                          several times
`;

/** @throws Error that says what is wrong with the arguments */
export function readOptions(args: readonly string[]): WorldOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      regions: { type: 'string', default: REGIONS.join(',') },
      duration: { type: 'string', default: '60' },
      'at-least': { type: 'string', default: '0' },
      warmup: { type: 'string', default: '60' },
      rate: { type: 'string', default: '400' },
      truth: { type: 'boolean', default: false },
      'warmup-rate': { type: 'string' },
      cold: { type: 'boolean', default: false },
      schema: { type: 'string', default: CACHING },
      mutations: { type: 'string', default: '2' },
      following: { type: 'string', default: '1' },
      'signed-in': { type: 'string', default: '0' },
      parts: { type: 'string', default: '1' },
      'shared-upstream': { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      'service-time': { type: 'string', default: '30' },
      bound: { type: 'string', default: '5000' },
      ramp: { type: 'string', default: '0' },
      fault: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      out: { type: 'string', default: 'test/world/out' },
      'no-report': { type: 'boolean', default: false },
      'from-source': { type: 'boolean', default: false },
      beside: { type: 'string' },
      control: { type: 'string', multiple: true, default: [] },
    },
  });
  const regions = readRegions(values.regions);
  const ramp = number('ramp', values.ramp, 0);
  if (values.truth && ramp > 0)
    throw new RangeError('--ramp raises a rate and --truth has none: leave out one of them.');
  return {
    regions,
    seed: number('seed', values.seed, 0),
    atLeast: number('at-least', values['at-least'], 0),
    warmup: number('warmup', values.warmup, 0),
    duration: number('duration', values.duration, 1),
    rate: number('rate', values.rate, 1),
    truth: values.truth,
    warmupRate: number('warmup-rate', values['warmup-rate'] ?? String(Number(values.rate) / 2), 0.5),
    cold: values.cold,
    schema: values.schema,
    mutations: share('mutations', values.mutations),
    following: share('following', values.following),
    signedIn: share('signed-in', values['signed-in']),
    parts: readSwitch('parts', values.parts),
    sharedUpstream: readSwitch('shared-upstream', values['shared-upstream']),
    serviceMs: number('service-time', values['service-time'], 0),
    boundMs: number('bound', values.bound, 200),
    ramp,
    faults: values.fault.map((text) => parseFault(text, regions, PRIMARY_REGION)),
    json: values.json,
    out: values['no-report'] ? undefined : values.out,
    fromSource: values['from-source'],
    beside: values.beside,
    controls: values.control.map(readControl),
  };
}

function readSwitch(name: string, text: string): boolean {
  if (text !== '0' && text !== '1') throw new RangeError(`--${name} is 0 or 1, not ${JSON.stringify(text)}.`);
  return text === '1';
}

function readControl(name: string): Control {
  if (!Object.hasOwn(CONTROLS, name))
    throw new RangeError(`--control is one of ${Object.keys(CONTROLS).join(', ')}.`);
  return name as Control;
}

/** In the order of the table, the primary region first: it is so in the table. */
function readRegions(text: string): string[] {
  const wanted = new Set([PRIMARY_REGION, ...text.split(',').map((name) => name.trim())]);
  const unknown = [...wanted].filter((name) => !REGIONS.includes(name));
  if (unknown.length > 0) throw new RangeError(`--regions: there is no distance for ${unknown.join(', ')}.`);
  return REGIONS.filter((name) => wanted.has(name));
}

/** @returns of percent, from 0 to 1 */
function share(name: string, text: string): number {
  const percent = number(name, text, 0);
  if (percent > 100) throw new RangeError(`--${name} is a share in percent, at most 100, not ${text}.`);
  return percent / 100;
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new RangeError(`--${name} is a number of at least ${least}, not ${JSON.stringify(text)}.`);
  return value;
}
