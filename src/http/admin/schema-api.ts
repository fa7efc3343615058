import type { IncomingMessage } from 'node:http';
import { LastmileError } from '../../report/error';
import { SchemaError } from '../../schema/schema-error';
import type { SchemaKeeper } from '../../schema/schema-keeper';
import { printWholeSchema } from '../../schema/print-schema';
import type { AdminGate, ApiAnswer } from './gate';

/** `POST /reload` and `GET /schema.graphql`, on the admin port. */
export class SchemaApi {
  readonly #gate: AdminGate;
  readonly #schema: Pick<SchemaKeeper, 'kept' | 'look'>;

  constructor(gate: AdminGate, schema: Pick<SchemaKeeper, 'kept' | 'look'>) {
    this.#gate = gate;
    this.#schema = schema;
  }

  /** @returns undefined when the path is none of its own */
  answer(path: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    if (path === '/reload') return this.#gate.answer(message, 'POST', () => this.#reload());
    if (path === '/schema.graphql') return this.#gate.answer(message, 'GET', () => this.#print());
    return undefined;
  }

  /** Reads upstream's schema and the files again: a 200 says that what they are now is in use. */
  async #reload(): Promise<unknown> {
    const look = await this.#schema.look('told');
    if (!('error' in look)) return { schema: look.kind, version: this.#schema.kept?.version };
    const { error } = look;
    if (error instanceof LastmileError) throw error;
    if (error instanceof SchemaError)
      throw new LastmileError('SCHEMA_REFUSED', error.message, { cause: error });
    throw error;
  }

  /** The schema in use with all that is said of it: a whole SDL, which can be given as SCHEMA. */
  #print(): Promise<string> {
    const { kept } = this.#schema;
    if (!kept) throw new LastmileError('NOT_READY');
    return Promise.resolve(printWholeSchema(kept.schema));
  }
}
