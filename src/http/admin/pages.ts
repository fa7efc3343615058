import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_FOLDER } from '../../dashboard/page-folder';

/** A file of the page, as it leaves. */
export interface DashboardFile {
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The paths of the page, and the files that they are in. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['/', 'index.html'],
  ...[
    'style.css',
    'main.js',
    'dom.js',
    'stream.js',
    'map.js',
    'land.js',
    'places.js',
    'views.js',
    'entities.js',
  ].map((file): [string, string] => [`/page/${file}`, file]),
]);

/** Nothing from elsewhere, no script in the page itself, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const known = new Map<string, DashboardFile>();

/**
 * The dashboard's files, which hold nothing of what it shows: so they are open to all who reach the admin port.
 * @returns undefined for any other path
 */
export function pageAt(path: string): DashboardFile | undefined {
  const file = FILES.get(path);
  if (file === undefined) return undefined;
  const before = known.get(file);
  if (before) return before;
  const body = readFileSync(join(PAGE_FOLDER, file), 'utf8');
  const page: DashboardFile = {
    type: TYPES[file.slice(file.lastIndexOf('.') + 1) as keyof typeof TYPES],
    body,
    headers: {
      'cache-control': 'no-cache',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  };
  known.set(file, page);
  return page;
}
