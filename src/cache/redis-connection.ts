import Redis from 'ioredis';

/** A connection on which nothing came for so long, though something was asked, is given up. Milliseconds. */
const SILENCE = 2000;
/** The longest time between two attempts to connect. Milliseconds. */
const MAX_RECONNECT_DELAY = 1000;

/**
 * A connection for entries: nothing waits in a queue for it, and it comes back by itself for ever. Its commands have no
 * time-out of their own; see `answerWithin`.
 *
 * Auto-pipelining is off: measured, it cost a third of the throughput with 8 calls in flight and gained a tenth with 64.
 * Reads are gathered before they come here: see `GatheredReads`.
 * @param url `redis://` or `rediss://`
 * @param timeout milliseconds to wait for the other end to close what is closed here
 */
export function connectToEntries(url: string, timeout: number): Redis {
  return new Redis(url, {
    // No handshake but AUTH, and no INFO: fewer rights to grant, and nothing here differs under RESP3.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: SILENCE,
    socketTimeout: SILENCE,
    disconnectTimeout: timeout,
    // Spread, so that the gateways of a region do not come back all at once.
    retryStrategy: (attempt) =>
      Math.min(MAX_RECONNECT_DELAY, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  });
}
