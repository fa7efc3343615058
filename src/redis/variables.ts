import { z } from 'zod';
import { REACHING_VARIABLES } from '../config/reaching-variables';
import { SERVING_VARIABLES } from '../config/serving-variables';
import {
  byteSize,
  hostAddress,
  secretKey,
  onOrOff,
  wholeNumber,
  type Reader,
  optional,
  required,
  preset,
} from '../config/readers';
import { certificates, privateKey } from '../config/pem';

const port = wholeNumber(1, 65_535);
const { REGION, PRIMARY_REGION, FLY_REGION, FLY_APP_NAME, REDIS_TLS_CA, REDIS_TLS_NAME } = REACHING_VARIABLES;
const { DRAIN_DELAY_MS, DRAIN_MS, LOG_LEVEL } = SERVING_VARIABLES;

/** Variables of `lastmile redis` alone. */
const OWN_VARIABLES = {
  REDIS_PASSWORD: required(
    'redis',
    secretKey(16),
    "the secret that every account's password is derived from; the same in every region",
  ),
  REDIS_PORT: preset('redis', port, '6379', "port of this region's Redis"),
  PRIMARY_REDIS_PORT: preset('redis', port, '6380', 'port of the primary, the same in every region'),
  PRIMARY_REDIS_HOST: optional(
    'redis',
    hostAddress(),
    'on Fly `<PRIMARY_REGION>.<FLY_APP_NAME>.internal`',
    "where the primary is. In the primary region: if not set, this machine is the primary; if set, it is the primary if the name's first responding address is its own",
  ),
  REDIS_BIND: preset(
    'redis',
    addresses(),
    'loopback',
    "addresses this region's Redis listens on besides loopback: `loopback` for no others, `*` for all, or a list",
  ),
  PRIMARY_REDIS_BIND: preset(
    'redis',
    addresses(),
    '*',
    'addresses the primary listens on, in the same form: those by which other regions reach it',
  ),
  REDIS_TLS: preset(
    'redis',
    onOrOff(),
    '0',
    "1: the primary accepts only TLS, from replicas too, and so does this region's Redis if REDIS_BIND is not `loopback`; the same in every region. Without REDIS_TLS_CERT the certificate is derived from REDIS_PASSWORD",
  ),
  REDIS_TLS_CERT: optional(
    'redis',
    certificates(),
    'none: made from REDIS_PASSWORD',
    'certificate for REDIS_TLS_NAME, with any intermediates up to an authority of REDIS_TLS_CA, in PEM: the path of a file, or the text itself. Read at start',
  ),
  REDIS_TLS_KEY: optional('redis', privateKey(), 'none', 'the key of that certificate, in the same form'),
  REDIS_DIR: preset('redis', path(), 'redis-data', "folder for Redis' files, with a subfolder for each port"),
  REDIS_MAXMEMORY: optional(
    'redis',
    byteSize(8 * 2 ** 20, 2 ** 50),
    '40 % of the memory there is',
    "memory of this region's Redis: entries and log",
  ),
  FLY_PRIVATE_IP: optional(
    'fly',
    hostAddress(),
    'none',
    'set by Fly: the address of a Machine in the private network',
  ),
  REDIS_SERVER_BIN: preset('redis', path(), 'redis-server', 'the program to run'),
};

/** Every variable that `lastmile redis` reads. */
export const REDIS_VARIABLES = {
  ...OWN_VARIABLES,
  REGION,
  PRIMARY_REGION,
  REDIS_TLS_CA,
  REDIS_TLS_NAME,
  DRAIN_MS,
  DRAIN_DELAY_MS,
  LOG_LEVEL,
  FLY_REGION,
  FLY_APP_NAME,
};

/** What `bind` of redis.conf takes: nothing in it can begin another setting. */
function addresses(): Reader<string> {
  return text(
    '`loopback`, `*`, or IP addresses with spaces between',
    /^(loopback|\*|[\da-fA-F.:]+( +[\da-fA-F.:]+)*)$/,
  );
}

function path(): Reader<string> {
  return text('a path', /^[^\r\n\0]+$/);
}

function text(expects: string, pattern: RegExp): Reader<string> {
  return { expects, schema: z.string().trim().regex(pattern), isQuotable: true };
}
