/** The manifest against the types of Kubernetes' API, and against what the gateway says of itself. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/read-config';
import { VARIABLES } from '../../src/config/variables';
import { readRedisSettings } from '../../src/redis/read-settings';
import { REDIS_VARIABLES } from '../../src/redis/variables';
import { cleanupAfterEach } from '../kit/cleanup';

const ROOT = join(__dirname, '..', '..');
const run = promisify(execFile);
const cleanup = cleanupAfterEach();

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const text = readFileSync(join(__dirname, 'kubernetes.yaml'), 'utf8');
const manifests = parseAllDocuments(text).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS() as Manifest;
});

/** The only one of its kind, or that of a name. */
function find<Shape>(kind: string, name?: string): Manifest & Shape {
  const found = manifests.filter(
    (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
  );
  expect(found.length).toBe(1);
  return found[0] as Manifest & Shape;
}

/** Compiles a text with the API's types at hand. @returns what is wrong with it */
async function compile(source: string): Promise<string> {
  const cache = join(ROOT, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'kubernetes-'));
  cleanup.later(() => rm(folder, { recursive: true }));
  const file = join(folder, 'manifest.ts');
  await writeFile(file, source);
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--ignoreConfig',
    '--module',
    'nodenext',
    '--types',
    '',
    file,
  ];
  return run(tsc, options, { maxBuffer: 2 ** 24 }).then(
    () => '',
    (error: { stdout?: string }) => error.stdout ?? String(error),
  );
}

/** On one line, as an error is told by its line. */
function declared(manifest: Manifest, index: number): string {
  return `const m${index}: I${manifest.kind} = ${JSON.stringify(manifest)};`;
}

const IMPORTS = [...new Map(manifests.map(({ apiVersion, kind }) => [kind, apiVersion]))].map(
  ([kind, apiVersion]) => `import type { I${kind} } from 'kubernetes-models/${apiVersion}/${kind}';`,
);

/** What is in them is named by operators. */
const FREE = new Set(['data', 'labels', 'matchLabels', 'selector', 'requests', 'limits']);

/** Copies of a value, each with another key misspelt. */
function* misspellings(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const one of misspellings(item)) yield value.with(index, one);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const others = Object.entries(value).filter(([name]) => name !== key);
      yield Object.fromEntries([...others, [`${key}z`, item]]);
      if (FREE.has(key) && !isSelector(item)) continue;
      for (const one of misspellings(item)) yield { ...value, [key]: one };
    }
  }
}

/** That of a workload is an object of its own; that of a Service is labels. */
function isSelector(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'matchLabels' in value;
}

it('is what the API of Kubernetes takes, with no key that it does not know', async () => {
  expect(await compile([...IMPORTS, ...manifests.map(declared)].join('\n'))).toBe('');
});

it('negative control: no key could be misspelt and not be noticed', async () => {
  const wrong = manifests.flatMap((manifest) => [...misspellings(manifest)] as Manifest[]);
  expect(wrong.length).toBeGreaterThan(100);
  const lines = wrong.map((manifest, index) => {
    const kind = manifest.kind ?? (manifest as unknown as { kindz: string }).kindz;
    return `// @ts-expect-error\n${declared({ ...manifest }, index).replace(/: I\w+ =/, `: I${kind} =`)}`;
  });
  expect(await compile([...IMPORTS, ...lines].join('\n'))).toBe('');
});

interface Workload {
  readonly spec: {
    readonly serviceName: string;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly envFrom: readonly { readonly configMapRef?: { readonly name: string } }[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
          readonly readinessProbe: Probe;
          readonly livenessProbe: Probe;
        }[];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
        }[];
      };
    };
  };
}
type Probe = { readonly httpGet: { readonly path: string; readonly port: string } };
type Service = {
  readonly spec: {
    readonly selector: object;
    readonly ports: readonly { readonly targetPort: string }[];
    readonly clusterIP?: string;
  };
};
type Values = { readonly data: Readonly<Record<string, string>> };

it('agrees with itself: names lead to what there is', () => {
  const { spec } = find<Workload>('StatefulSet');
  const pod = spec.template;
  const [container] = pod.spec.containers;
  for (const { kind, metadata } of manifests.filter((one) => one.kind === 'Service'))
    expect(find<Service>(kind, metadata.name).spec.selector).toEqual(pod.metadata.labels);
  expect(find<Workload>('PodDisruptionBudget').spec.selector.matchLabels).toEqual(pod.metadata.labels);
  expect(spec.selector.matchLabels).toEqual(pod.metadata.labels);
  const ports = container!.ports.map(({ name }) => name);
  for (const service of manifests.filter((one) => one.kind === 'Service') as (Manifest & Service)[])
    for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort);
  for (const probe of [container!.readinessProbe, container!.livenessProbe])
    expect(ports).toContain(probe.httpGet.port);
  const volumes = pod.spec.volumes.map(({ name }) => name);
  for (const { name } of container!.volumeMounts) expect(volumes).toContain(name);
  for (const { configMap } of pod.spec.volumes) if (configMap) find('ConfigMap', configMap.name);
  for (const { configMapRef } of container!.envFrom) if (configMapRef) find('ConfigMap', configMapRef.name);
  expect(find<Service>('Service', spec.serviceName).spec.clusterIP).toBe('None');
});

it('agrees with the gateway: variables, ports, paths and the time that it takes to drain', () => {
  const { data: env } = find<Values>('ConfigMap', 'lastmile-region');
  const known = (name: string) => Object.hasOwn(VARIABLES, name) || Object.hasOwn(REDIS_VARIABLES, name);
  expect(Object.keys(env).filter((name) => !known(name))).toEqual([]);
  const { http, admin } = readConfig({});
  const { primaryPort, drainMs } = readRedisSettings({ REDIS_PASSWORD: 'sixteen characters' });
  const { spec } = find<Workload>('StatefulSet').spec.template;
  const [container] = spec.containers;
  expect(container!.ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
    ['graphql', http.port],
    ['admin', admin.port],
    ['primary', primaryPort],
  ]);
  expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(drainMs);
  expect(container!.readinessProbe.httpGet.path).toBe('/health/ready');
  expect(container!.livenessProbe.httpGet.path).toBe('/health/live');
  // By the headless service's name each Pod finds the others.
  expect(env['PRIMARY_REDIS_HOST']).toBe(find<Workload>('StatefulSet').spec.serviceName);
  const mounted = container!.volumeMounts.find(({ name }) => name === 'schema')!.mountPath;
  expect(env['SCHEMA']).toBe(`${mounted}/*.graphql`);
  expect(container!.volumeMounts.find(({ name }) => name === 'redis')!.mountPath).toBe('/data');
});
