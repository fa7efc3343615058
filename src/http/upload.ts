import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import busboy, { type Busboy, type FieldInfo, type FileInfo } from 'busboy';
import { bodyStreamOf, type Reply, type WholeReply } from '../gateway/request';
import { LastmileError } from '../report/error';
import type { Upload, UploadProblem, UploadedFile } from '../upstream/upload';
import { NodeExchange } from './exchange';
import { writeRefusal } from './write-reply';

const FORM = /^multipart\/form-data *(?:;|$)/i;

/** Whether a request of this kind brings a form, in which there may be files. */
export function bringsForm(method: string | undefined, headers: Readonly<IncomingHttpHeaders>): boolean {
  return method === 'POST' && FORM.test(headers['content-type'] ?? '');
}

/** RFC 9110 5.6.2 and 8.3.1. What a client says that is neither is not repeated. */
const MEDIA_TYPE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export interface FormLimits {
  /** of all of it */
  readonly maxBytes: number;
  /** of `operations`, and of `map` */
  readonly maxFieldBytes: number;
  /** milliseconds for which its client may send nothing */
  readonly idleMs: number;
}

/**
 * Reads a GraphQL multipart request, strictly in the order of its specification: `operations`, `map`, the files.
 * Files are read only as fast as upstream takes them, so memory holds no more of a file than is on its way.
 */
export class UploadForm implements Upload {
  readonly places = new Map<string, readonly string[]>();
  problem: UploadProblem | undefined;
  #operations: string | undefined;
  #hasBegun = false;
  #hasEnded = false;
  /** names of files that have still to come */
  readonly #missing = new Set<string>();
  readonly #came: (UploadedFile & { readonly content: Readable })[] = [];
  /** that which is being read */
  #open: Readable | undefined;
  #wake: (() => void) | undefined;
  #bytes = 0;
  readonly #parser: Busboy;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param told `begun`: of `operations` once `map` is there too; `refused`, instead: of what is wrong with them. What is
   *   wrong behind them is thrown where the files are read
   * @throws when the content type says no boundary
   */
  constructor(
    readonly message: IncomingMessage,
    readonly limits: FormLimits,
    readonly told: {
      readonly begun: (operations: string) => void;
      readonly refused: (problem: UploadProblem) => void;
    },
  ) {
    this.#parser = busboy({
      headers: message.headers,
      // What is in a name is passed on as it was written.
      preservePath: true,
      defParamCharset: 'utf8',
      limits: { fieldSize: limits.maxFieldBytes, fieldNameSize: 100 },
    });
    this.#timer = setTimeout(() => this.#isSilent(), limits.idleMs);
    this.#parser
      .on('field', (name, value, info) => this.#field(name, value, info))
      .on('file', (name, content, info) => this.#file(name, content, info))
      .on('close', () => this.#end())
      .on('error', (error) =>
        this.#fail('BAD_UPLOAD', `The form cannot be read: ${String((error as Error).message)}.`),
      );
    message
      .on('data', (chunk: Buffer) => this.#count(chunk.length))
      .on('error', () => {})
      // From here on it is this side that all waits for.
      .on('end', () => clearTimeout(this.#timer))
      .on('close', () => {
        if (!message.complete)
          this.#fail('UPLOAD_BROKE_OFF', 'The request ended before all of its files had arrived.');
      })
      .pipe(this.#parser);
  }

  async *files(): AsyncGenerator<UploadedFile> {
    for (;;) {
      if (this.problem) throw errorOf(this.problem);
      const file = this.#came.shift();
      if (file) {
        this.#open = file.content;
        yield file;
      } else if (this.#hasEnded) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Reading has stopped. The reply's writer deals with what is still on its way. */
  leave(): void {
    this.#hasEnded = true;
    this.#stop();
    for (const content of [this.#open, ...this.#came.splice(0).map((file) => file.content)])
      content?.destroy();
  }

  #count(bytes: number): void {
    this.#timer.refresh();
    this.#bytes += bytes;
    const { maxBytes } = this.limits;
    if (this.#bytes > maxBytes)
      this.#fail('UPLOAD_TOO_LARGE', `A request that brings files holds at most ${maxBytes} bytes.`);
  }

  /** No piece has come for a while. Where it is this side that takes none, its client may go on waiting. */
  #isSilent(): void {
    if (this.#parser.writableNeedDrain) this.#timer.refresh();
    else this.#fail('REQUEST_TIMEOUT', 'The request did not arrive in time.');
  }

  #field(name: string, value: string, { valueTruncated }: FieldInfo): void {
    if (this.#isOver) return;
    if (valueTruncated)
      return this.#fail('BODY_TOO_LARGE', `\`${name}\` holds at most ${this.limits.maxFieldBytes} bytes.`);
    if (name !== 'operations' && name !== 'map')
      return this.#fail(
        'BAD_UPLOAD',
        `The form holds a field ${quoted(name)}: it may hold \`operations\`, \`map\` and files.`,
      );
    if (name === 'operations' ? this.#operations !== undefined : this.#hasBegun)
      return this.#fail('BAD_UPLOAD', `The form holds \`${name}\` twice.`);
    if (name === 'operations') {
      this.#operations = value;
      return;
    }
    if (this.#operations === undefined) return this.#fail('BAD_UPLOAD', '`operations` comes before `map`.');
    if (!this.#readMap(value))
      return this.#fail(
        'BAD_UPLOAD',
        '`map` is a JSON object of lists of paths, such as {"0": ["variables.file"]}.',
      );
    this.#hasBegun = true;
    this.told.begun(this.#operations);
  }

  /** @returns false: it is none */
  #readMap(text: string): boolean {
    let map: unknown;
    try {
      map = JSON.parse(text);
    } catch {
      return false;
    }
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
    for (const [name, paths] of Object.entries(map)) {
      if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) return false;
      this.places.set(name, paths);
      this.#missing.add(name);
    }
    return true;
  }

  #file(name: string, content: Readable, { filename, mimeType, encoding }: FileInfo): void {
    content.on('error', () => {});
    // An unread file would hold up the parser.
    if (this.#isOver) return void content.resume();
    if (!this.#hasBegun) {
      content.resume();
      const missing = this.#operations === undefined ? 'operations' : 'map';
      return this.#fail('BAD_UPLOAD', `The form has no \`${missing}\` before its first file.`);
    }
    if (!this.#missing.delete(name)) {
      content.resume();
      const what = this.places.has(name) ? 'is there twice' : 'is not in `map`';
      return this.#fail('BAD_UPLOAD', `The file ${quoted(name)} ${what}.`);
    }
    this.#came.push({
      name,
      filename,
      type: MEDIA_TYPE.test(mimeType) ? mimeType : 'application/octet-stream',
      encoding: TOKEN.test(encoding) ? encoding : '7bit',
      content,
    });
    this.#wakeUp();
  }

  /** All was read. */
  #end(): void {
    if (this.#isOver) return;
    const [missing] = this.#missing;
    if (!this.#hasBegun) {
      const what = this.#operations === undefined ? 'operations' : 'map';
      this.#fail('BAD_UPLOAD', `The form has no \`${what}\`.`);
    } else if (missing !== undefined) {
      this.#fail('BAD_UPLOAD', `The file ${quoted(missing)} of \`map\` is not there.`);
    } else {
      this.#hasEnded = true;
      this.#stop();
      this.#wakeUp();
    }
  }

  get #isOver(): boolean {
    return this.#hasEnded || this.problem !== undefined;
  }

  #fail(code: UploadProblem['code'], detail: string): void {
    if (this.#isOver) return;
    this.problem = { code, detail };
    this.#stop();
    for (const { content } of this.#came.splice(0)) content.destroy();
    this.#open?.destroy(errorOf(this.problem));
    if (this.#hasBegun) this.#wakeUp();
    else this.told.refused(this.problem);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.message.unpipe(this.#parser);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** A name of a client's, as far as it fits in a sentence. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}

function errorOf({ code, detail }: UploadProblem): LastmileError {
  return new LastmileError(code, detail);
}

/** A request whose files are read while it is answered. */
export class UploadExchange extends NodeExchange {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    search: string,
    { operations, upload }: { readonly operations: string; readonly upload: UploadForm },
  ) {
    super(message, response, search, Buffer.from(operations));
    this.#message = message;
    this.#response = response;
    this.upload = upload;
  }

  readonly upload: UploadForm;

  /** A client that is still sending is answered all the same, and its connection closed: what it sends is no request. */
  override write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void {
    this.upload.leave();
    const isSending = !this.#message.complete;
    if (isSending && !bodyStreamOf(reply) && !this.#response.destroyed) {
      writeRefusal(this.#message, this.#response, reply as WholeReply, further);
      this.#message.resume();
      return;
    }
    this.#message.resume();
    super.write(reply, isSending ? [...further, 'Connection', 'close'] : further, fault);
  }
}
