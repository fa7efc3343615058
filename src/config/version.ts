import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

// Two folders up is the package's root, seen from src/config as from dist/config.
const FILE = join(__dirname, '..', '..', 'package.json');

/** The version of this package, for example 0.1.0. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(FILE, 'utf8'))).version;
