import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayRequest, Reply } from '../journey/request';

/** A request that was read whole, and the way for its reply. */
export interface Exchange extends GatewayRequest {
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** something of a reply has left already */
  readonly isBegun: boolean;
  /**
   * Writes the reply; one that nobody can read any more is dropped.
   * @param further headers, names and values in turn
   * @param fault told when a reply in parts breaks off
   */
  write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void;
  /** Cuts the connection: a reply that broke off must not be taken for a whole one. */
  cut(): void;
}
