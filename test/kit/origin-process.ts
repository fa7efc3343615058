/**
 * Origins in processes of their own, made of other people's servers.
 *
 *   const origin = cleanup.add(await startApolloOrigin());
 *   const gateway = start({ UPSTREAM_URL: origin.url });
 */
import { join } from 'node:path';
import { Child } from './child';
import { ended, PATIENCE, within } from './until';

export interface OriginProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Apollo Server with the data of countries-list: see apollo-origin.cjs. */
export function startApolloOrigin(port = 0): Promise<OriginProcess> {
  return startProcess('apollo-origin.cjs', port);
}

/** GitHub's public schema, mocked: see github-origin.cjs. */
export function startGithubOrigin(port = 0): Promise<OriginProcess> {
  return startProcess('github-origin.cjs', port);
}

/** One that takes files: see upload-origin.cjs. */
export function startUploadOrigin(server: 'yoga' | 'apollo'): Promise<OriginProcess> {
  return startProcess('upload-origin.cjs', 0, { SERVER: server });
}

/** The first line says where it listens. */
async function startProcess(
  file: string,
  port: number,
  env: Record<string, string> = {},
): Promise<OriginProcess> {
  const child = new Child({
    name: file,
    program: process.execPath,
    args: [join(__dirname, file)],
    env: { ...process.env, ...env, PORT: String(port) },
  });
  const stop = (): Promise<void> => ended(`the origin of process ${child.pid}`, child.kill());
  try {
    const line = await within(PATIENCE, `${file} listens`, child.printed(/^\{"url"/));
    return { url: (JSON.parse(line) as { url: string }).url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
