/** A server of another make, which ends with this process. */
import { join } from 'node:path';
import { Child } from '../kit/child';
import { freePort } from '../kit/free-port';
import { ended, within } from '../kit/until';
import type { Endpoint } from './ask';
import { installServer } from './install';
import type { Subject } from './subjects';

export interface Running {
  stop(): Promise<void>;
}

/** A server under another name than localhost has is no concern of the gateway's: both are asked by address. */
export async function startServer(
  subject: Subject,
  env: Readonly<Record<string, string>>,
): Promise<Endpoint & Running> {
  const folder = await installServer(subject.folder ?? subject.name);
  const file = join(folder, subject.file);
  const [program, args]: [string, string[]] = subject.node
    ? ['npx', ['--yes', '-p', `node@${subject.node}`, 'node', file]]
    : [process.execPath, [file]];
  const child = new Child({
    name: subject.name,
    program,
    args,
    cwd: folder,
    env: { ...process.env, PORT: String(await freePort()), ...env },
  });
  const stop = (): Promise<void> => ended(`${subject.name} (process ${child.pid})`, child.kill());
  try {
    const line = await within(180_000, `${subject.name} listens`, child.printed(/^\{"url"/));
    const endpoint = JSON.parse(line) as Endpoint;
    return { ...endpoint, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
