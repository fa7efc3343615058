import { startRedis } from '../kit.mjs';
import { startNode, startOn } from '../process/child.mjs';
import { serverFile } from '../subjects/server-file.mjs';
import { SUBJECTS } from '../subjects/subjects.mjs';

/** As a region's own Redis is configured, with nothing on disk. */
const REDIS = { appendonly: 'no', maxmemory: '4gb', 'maxmemory-policy': 'volatile-lfu' };

/**
 * What surrounds the subjects of one row: an upstream, and a Redis for each that wants one. It is thrown away after the
 * row, so that no row depends on the one before.
 */
export class World {
  /** what the bare server writes; set before it is started */
  bytes = { body: Buffer.alloc(0), headers: [], allHeaders: [], status: 200 };
  settings = {};
  /** @type {'subject' | 'all'} the cores of Lastmile: all of them where several processes are measured together */
  role = 'subject';
  #started = [];
  #redis = new Map();
  #origin;

  constructor(gatewayFolder) {
    this.gatewayFolder = gatewayFolder;
  }

  static async create(gatewayFolder, settings = {}) {
    const world = new World(gatewayFolder);
    world.settings = settings;
    const { child, ready } = await startNode('upstream', 'others', serverFile('origin'));
    world.#origin = child;
    world.#started.push(child);
    world.upstream = `http://127.0.0.1:${ready.port}/graphql`;
    return world;
  }

  /** The Redis of that name, started when it is first asked for. */
  async redis(name) {
    if (!this.#redis.has(name)) {
      const redis = await startRedis(REDIS, { start: startOn('others') });
      this.#redis.set(name, redis);
      this.#started.push(redis);
    }
    return this.#redis.get(name);
  }

  /** Requests that reached upstream so far. @returns {Promise<number>} */
  async asked() {
    return (await this.#origin.ask('count')).count;
  }

  /** Every later answer of upstream takes so long. */
  async hold(milliseconds) {
    await fetch(new URL(`/hold?ms=${milliseconds}`, this.upstream));
  }

  /** @param {string} name a subject @param {string} [id] when there are several of it */
  async start(name, id = name) {
    const running = await SUBJECTS[name].start(this, id);
    this.#started.push(running);
    return running;
  }

  add(child) {
    this.#started.push(child);
    return child;
  }

  async close() {
    await Promise.allSettled(this.#started.toReversed().map((each) => each.stop()));
  }
}
