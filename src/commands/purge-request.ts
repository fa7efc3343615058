/** What an admin port answered. */
export interface AdminAnswer {
  /** 0 when there was no answer */
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** why there was no answer */
  readonly problem: string | undefined;
  /** monotonic milliseconds at which it was here */
  readonly at: number;
}

/**
 * Asks a gateway's admin port. Never rejects.
 * @param path with its query
 * @param patienceMs after which there is no answer
 * @param body sent as JSON by POST; without one it is a GET
 */
export async function askAdmin(
  url: string,
  path: string,
  token: string | undefined,
  patienceMs: number,
  body?: unknown,
): Promise<AdminAnswer> {
  try {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      // The token is for this address, and for none that it may name.
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: object(text), problem: undefined, at: performance.now() };
  } catch (error) {
    return { status: 0, json: undefined, problem: why(error), at: performance.now() };
  }
}

function object(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    // Something answered that is no gateway: the status is all there is to tell.
    return undefined;
  }
}

function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What fetch throws says only that it failed; its cause says how.
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}
