import type { Server } from 'node:http';
import { ConfigError, type Problem } from '../config/problem';
import { listen } from '../http/listen';

/** Why nothing can listen at an address, by the system's code. */
const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'it is no address of this machine',
  EACCES: 'this user may not',
};

/** A server, and where the configuration has it listen. */
export interface Listening {
  /** says at which port */
  readonly variable: 'PORT' | 'ADMIN_PORT';
  readonly server: Server;
  readonly at: { readonly port: number; readonly host: string | undefined };
}

/**
 * Has servers listen where the configuration says.
 * @returns their ports, in the same order
 * @throws ConfigError with every one that cannot; then none of them listens
 */
export async function listenAll<const Wanted extends readonly Listening[]>(
  wanted: Wanted,
): Promise<{ readonly [At in keyof Wanted]: number }> {
  const results = await Promise.allSettled(wanted.map(({ server, at }) => listen(server, at.port, at.host)));
  const problems = results.flatMap((result, index) =>
    result.status === 'rejected' ? [problemOf(wanted[index]!, result.reason as NodeJS.ErrnoException)] : [],
  );
  if (problems.length > 0) {
    for (const { server } of wanted) server.close();
    throw new ConfigError(problems);
  }
  const ports = results.map((result) => (result as PromiseFulfilledResult<number>).value);
  return ports as unknown as { readonly [At in keyof Wanted]: number };
}

function problemOf(
  { variable, at: { port, host } }: Listening,
  { code = '', message }: NodeJS.ErrnoException,
): Problem {
  return {
    variable,
    problem: `It cannot listen at port ${port} of ${host ?? 'all addresses'}: ${FAULTS[code] ?? message}.`,
    remedy: `End what listens there, or set ${variable} to another port; 0 takes any that is free.`,
  };
}
