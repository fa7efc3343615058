import { parseArgs } from 'node:util';

/** What `lastmile purge` was told to do. */
export interface PurgeOptions {
  readonly tags: readonly string[];
  readonly all: boolean;
  readonly soft: boolean;
  /** of an admin port */
  readonly url: string;
  readonly token: string | undefined;
  readonly wait: boolean;
  readonly withinMs: number;
  readonly regions: readonly { readonly name: string; readonly url: string }[];
  readonly json: boolean;
}

const LONGEST_WAIT_MS = 60_000;

/** @returns a sentence when they cannot be understood */
export function readPurgeOptions(args: readonly string[], env: NodeJS.ProcessEnv): PurgeOptions | string {
  let given;
  try {
    given = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        soft: { type: 'boolean', default: false },
        url: { type: 'string' },
        wait: { type: 'boolean', default: false },
        within: { type: 'string', default: '10000' },
        region: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return `${(error as Error).message}.`;
  }
  const { values, positionals: tags } = given;
  if (values.all === tags.length > 0) return 'Name tags to purge, or give --all.';
  const { url = `http://127.0.0.1:${env['ADMIN_PORT'] || '4001'}` } = values;
  if (!isHttp(url)) return `--url ${url} is not an http: or https: URL.`;
  const withinMs = Number(values.within);
  if (!Number.isInteger(withinMs) || withinMs < 0 || withinMs > LONGEST_WAIT_MS)
    return `--within ${values.within} is not a whole number of milliseconds up to ${LONGEST_WAIT_MS}.`;
  const listed = values.region.length > 0 ? values.region : (env['REGION_URLS'] ?? '').split(',');
  const regions = listed.filter((text) => text.trim() !== '').map(readRegion);
  const wrong = regions.find((region) => typeof region === 'string');
  if (wrong !== undefined) return `${wrong} is not name=URL, as in syd=http://10.0.0.7:4001.`;
  return {
    tags,
    all: values.all,
    soft: values.soft,
    url,
    token: env['ADMIN_TOKEN'] || undefined,
    wait: values.wait,
    withinMs,
    regions: regions.filter((region) => typeof region === 'object'),
    json: values.json,
  };
}

function readRegion(text: string): { name: string; url: string } | string {
  const at = text.indexOf('=');
  const [name, url] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at > 0 && isHttp(url) ? { name, url } : text;
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
