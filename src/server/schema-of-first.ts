import { Source } from 'graphql';
import { LastmileError } from '../report/error';
import { schemaTextFrom, type SchemaText } from '../schema/load-schema';
import type { LookCause } from '../schema/schema-keeper';
import type { SchemaAnswer, WorkerMessage } from './worker-pool';

/** Milliseconds the first process may take: longer than upstream may take to be introspected. */
const PATIENCE = 35_000;

/** What the schema is made of, as a worker gets it: from the first process, and only where it has another already. */
export class SchemaOfFirst {
  readonly #tell: (message: WorkerMessage) => void;
  readonly #asked = new Map<number, (answer: SchemaAnswer) => void>();
  #known: SchemaText | undefined;
  #lastId = 0;

  constructor(tell: (message: WorkerMessage) => void) {
    this.#tell = tell;
  }

  /** @throws LastmileError when the first process has none, or does not answer */
  readonly read = async (cause: LookCause): Promise<SchemaText> => {
    const { text, isMissing } = await this.#ask(cause);
    if (isMissing) throw new LastmileError('NOT_READY', 'the first process has not read the schema yet');
    if (text) {
      const sources = text.sources.map(([name, body]) => new Source(body, name));
      this.#known = schemaTextFrom(sources, text.introspection);
    }
    return this.#known!;
  };

  /** To be told of each answer. */
  hear(id: number, answer: SchemaAnswer): void {
    this.#asked.get(id)?.(answer);
  }

  #ask(cause: LookCause): Promise<SchemaAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#asked.delete(id);
        reject(new LastmileError('NOT_READY', 'the first process does not say what the schema is'));
      }, PATIENCE);
      limit.unref();
      this.#asked.set(id, (answer) => {
        clearTimeout(limit);
        this.#asked.delete(id);
        resolve(answer);
      });
      const digest = this.#known?.digest;
      this.#tell({ lastmile: 'schema-wanted', id, cause, ...(digest !== undefined && { digest }) });
    });
  }
}
