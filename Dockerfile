# One image for every region: a gateway, and the redis-servers that the region needs.
#   docker build -t lastmile . && docker run -e EXAMPLE=1 -e REDIS_PASSWORD="$(openssl rand -hex 24)" -p 4000:4000 lastmile
#
# In front of your API: put your directives into schema/ in place of the example's files before the build, and run it with
# -e UPSTREAM_URL=https://api.example.com/graphql -e SCHEMA='schema/*.graphql'.

# By its digest, so that it is the same image until this line changes:
#   docker buildx imagetools inspect node:24-bookworm-slim
ARG NODE_IMAGE=node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
# What is left of the sources are the pages that `lastmile docs` prints.
RUN npm run build && npm prune --omit=dev && find src -type f ! -name '*.md' -delete

FROM ${NODE_IMAGE}
# Debian 12 has Redis 7.0.15.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=node --group=node /data
WORKDIR /app
COPY package.json README.md SECURITY.md ./
COPY schema schema
COPY test/README.md test/
COPY --from=build /app/src src
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN chmod +x dist/main.js && ln -s /app/dist/main.js /usr/local/bin/lastmile
ENV NODE_ENV=production REDIS_DIR=/data
USER node
# GraphQL, the admin port, and the primary for other regions.
EXPOSE 4000 4001 6380
# Live, not ready: a gateway that cannot reach its Redis still answers, and is not to be killed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT || 4001}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["lastmile"]
# `serve` runs the gateway alone, `redis` without --serve the redis-servers alone.
CMD ["redis", "--serve"]
