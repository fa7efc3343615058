import { connect } from 'node:net';

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * A connection that has one request under way at most. It reads no more of a reply than its status and its end: a load
 * generator must cost less than what it measures.
 */
export class Connection {
  #socket;
  /** called with the status once, or with 0 when the connection failed */
  #onReply = undefined;
  #pending = undefined;
  #status = 0;
  /** bytes still to come; -1 until the head is read; Infinity for chunks */
  #left = -1;

  constructor(port) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => this.#finish(0));
    this.#socket.on('close', () => this.#finish(0));
    this.connected = new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
  }

  get open() {
    return !this.#socket.destroyed;
  }

  /** @param {(status: number) => void} onReply */
  send(text, onReply) {
    this.#onReply = onReply;
    this.#left = -1;
    if (this.open) this.#socket.write(text, 'latin1');
    else this.#finish(0);
  }

  close() {
    this.#socket.destroy();
  }

  #read(chunk) {
    let data = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = undefined;
    if (this.#left === -1) {
      const end = data.indexOf(END_OF_HEAD);
      if (end === -1) {
        this.#pending = data;
        return;
      }
      const head = data.latin1Slice(0, end);
      this.#status = Number(head.slice(9, 12));
      this.#left = bodyLength(head, this.#status);
      data = data.subarray(end + END_OF_HEAD.length);
    }
    if (this.#left === Infinity) {
      if (data.length < LAST_CHUNK.length) this.#pending = data;
      else if (data.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) this.#finish(this.#status);
      return;
    }
    this.#left -= data.length;
    if (this.#left <= 0) this.#finish(this.#status);
  }

  #finish(status) {
    const onReply = this.#onReply;
    this.#onReply = undefined;
    onReply?.(status);
  }
}

function bodyLength(head, status) {
  if (status === 304 || status === 204) return 0;
  const length = CONTENT_LENGTH.exec(head);
  if (length) return Number(length[1]);
  return CHUNKED.test(head) ? Infinity : 0;
}
