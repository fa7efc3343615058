import type { Server } from 'node:http';
import { ConfigError } from '../config/problem';
import { listen } from '../http/listen';

/** Why nothing can listen at an address, by the system's code. */
const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'it is no address of this machine',
  EACCES: 'this user may not',
};

/**
 * Has a server listen where the configuration says.
 * @param variable that says at which port
 * @returns the port
 * @throws ConfigError where nothing can listen there
 */
export async function listenAt(
  variable: 'PORT' | 'ADMIN_PORT',
  server: Server,
  { port, host }: { readonly port: number; readonly host: string | undefined },
): Promise<number> {
  try {
    return await listen(server, port, host);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const problem = `It cannot listen at port ${port} of ${host ?? 'all addresses'}: ${FAULTS[code] ?? message}.`;
    const remedy = `End what listens there, or set ${variable} to another port; 0 takes any that is free.`;
    throw new ConfigError([{ variable, problem, remedy }]);
  }
}
