import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file to begin with. */
export interface StarterFile {
  readonly path: string;
  readonly text: string;
  /** it holds a secret: only its owner may read it */
  readonly isSecret?: true;
}

/** What is written besides the overlay. */
export interface Starter {
  readonly upstream: string;
  /** as SESSION has it; undefined: users do not sign in, or it is not known yet */
  readonly session: string | undefined;
  /** of the app on Fly, and its first region */
  readonly app: string;
  readonly region: string;
  readonly wantsContainers: boolean;
  /** the path of the overlay, where the gateway does not find it by itself */
  readonly schema?: string | undefined;
}

/** Where the overlay stands: there the gateway looks for it by itself. */
export const OVERLAY = 'schema/cache.graphql';
/** Where it stands in a clone of this project, whose folder `schema` holds the example: SCHEMA has to name it. */
export const OVERLAY_OF_CLONE = 'cache.graphql';

/** What to do once the files are there. @param chosen types that the overlay now keeps */
export function nextStep(overlay: string, chosen: readonly string[]): string {
  return chosen.length > 0
    ? `Start: npx lastmile (${overlay} proposes what else to keep)`
    : `Choose in ${overlay} what to keep, then start: npx lastmile`;
}

export function starterFiles(starter: Starter): StarterFile[] {
  return [
    { path: '.env', text: dotEnv(starter), isSecret: true },
    ...(starter.wantsContainers
      ? [
          { path: 'Dockerfile', text: DOCKERFILE },
          { path: 'compose.yaml', text: compose(starter) },
          { path: 'fly.toml', text: fly(starter) },
        ]
      : []),
  ];
}

function dotEnv({ upstream, session, schema }: Starter): string {
  return `# Settings of Lastmile for this folder; the environment overrides them. Do not commit this file.
UPSTREAM_URL=${upstream}
${schema === undefined ? '' : `SCHEMA=${schema}\n`}${session === undefined ? '# What says who is asking; without it PRIVATE answers are not kept.\n# SESSION=header:authorization' : `SESSION=${session}`}
# Where the API shows its schema to some only: sent when it is read, and never with a client's request.
# SCHEMA_HEADERS={"authorization": "Bearer ..."}
# For \`lastmile purge\` and \`lastmile cache\`; the same in every gateway.
ADMIN_TOKEN=${randomBytes(24).toString('hex')}
# Where entries outlive the process, and more than one gateway share them.
# REDIS_URL=redis://127.0.0.1:6379
`;
}

const DOCKERFILE = `# A gateway and the redis-servers its region needs. package.json has to name lastmile-gateway among its dependencies; where that
# is a tarball, it has to lie in this folder.
# The image by its digest: \`docker buildx imagetools inspect node:24-bookworm-slim\` prints that of today.
FROM node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d
# Debian 12 has Redis 7.0.15.
RUN apt-get update \\
  && apt-get install --yes --no-install-recommends redis-server \\
  && rm -rf /var/lib/apt/lists/* \\
  && install --directory --owner=node --group=node /data
WORKDIR /app
COPY package.json package-lock.json *.tgz ./
RUN npm ci --omit=dev
COPY schema schema
ENV NODE_ENV=production REDIS_DIR=/data PATH=/app/node_modules/.bin:$PATH
USER node
EXPOSE 4000 4001 6380
ENTRYPOINT ["lastmile"]
CMD ["redis", "--serve"]
`;

function compose({ upstream }: Starter): string {
  return `# One region on this machine: a gateway with its Redis.
#   REDIS_PASSWORD=$(openssl rand -hex 24) docker compose up --build
services:
  lastmile:
    build: .
    init: true
    env_file: .env
    environment:
      REDIS_PASSWORD: \${REDIS_PASSWORD:?a random text, the same in every region}
      UPSTREAM_URL: ${JSON.stringify(fromContainer(upstream))}
      SCHEMA: schema/*.graphql
      REDIS_MAXMEMORY: 256MiB
    # For an API on this machine.
    extra_hosts: ['host.docker.internal:host-gateway']
    ports: ['4000:4000', '127.0.0.1:4001:4001']
    stop_grace_period: 40s
    read_only: true
    tmpfs: ['/data:uid=1000,gid=1000', /tmp]
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
`;
}

/** In a container this machine has another name. */
function fromContainer(upstream: string): string {
  const url = new URL(upstream);
  if (!/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) return upstream;
  url.hostname = 'host.docker.internal';
  return url.href;
}

/** That of this project, for another app: so there is one. */
function fly({ app, region }: Starter): string {
  return readFileSync(join(__dirname, '../../fly.toml'), 'utf8')
    .replace(/^app = .*$/m, `app = ${JSON.stringify(app)}`)
    .replace(/^primary_region = .*$/m, `primary_region = ${JSON.stringify(region)}`);
}
