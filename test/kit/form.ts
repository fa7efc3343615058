/**
 * The bytes of a GraphQL multipart request, also of one that no client would write.
 *
 *   const { headers, body } = formOf([field('operations', json), field('map', '{"0":["variables.f"]}'), file('0', bytes)]);
 */
const BOUNDARY = 'a-boundary';

export interface Part {
  readonly head: string;
  readonly body: Buffer;
}

export const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

export function field(name: string, value: unknown): Part {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { head: `Content-Disposition: form-data; name="${name}"`, body: Buffer.from(text) };
}

export function file(
  name: string,
  content: string | Buffer,
  { filename = `${name}.txt`, type = 'text/plain' }: { filename?: string; type?: string } = {},
): Part {
  return {
    head: `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}`,
    body: Buffer.from(content),
  };
}

export function bytesOf(parts: readonly Part[]): Buffer {
  return Buffer.concat([
    ...parts.flatMap(({ head, body }) => [
      Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`),
      body,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

export function formOf(parts: readonly Part[]): { headers: Record<string, string>; body: Buffer } {
  return { headers: FORM, body: bytesOf(parts) };
}
