/**
 * The events of a gateway's admin port, as a page reads them.
 *
 *   const events = cleanup.add(await openEvents(gateway.adminUrl));
 *   const view = await events.next<View>('view', ({ answers }) => answers.count === 2);
 */
import { until } from './until';

export class Events {
  readonly #controller: AbortController;
  readonly #heard: { readonly event: string; readonly data: unknown }[] = [];
  #rest = '';

  constructor(response: Response, controller: AbortController) {
    this.#controller = controller;
    void this.#read(response.body!.pipeThrough(new TextDecoderStream())).catch(() => {});
  }

  /** All that came under a name. */
  all<Data>(name: string): Data[] {
    return this.#heard.filter(({ event }) => event === name).map(({ data }) => data as Data);
  }

  /** The first, past or to come, for which something holds. */
  next<Data>(name: string, holds: (data: Data) => boolean): Promise<Data> {
    return until(`an event ${name} comes that is waited for`, () =>
      this.all<Data>(name).find(holds),
    ) as Promise<Data>;
  }

  close(): void {
    this.#controller.abort();
  }

  async #read(text: AsyncIterable<string>): Promise<void> {
    for await (const part of text) {
      const blocks = (this.#rest + part).split('\n\n');
      this.#rest = blocks.pop()!;
      for (const block of blocks) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (event !== undefined) this.#heard.push({ event, data: JSON.parse(data!) });
      }
    }
  }
}

/** @param search of the URL. @throws Error when it is refused */
export async function openEvents(
  adminUrl: string,
  { search = '', headers = {} }: { readonly search?: string; readonly headers?: Record<string, string> } = {},
): Promise<Events> {
  const controller = new AbortController();
  const response = await fetch(`${adminUrl}/events${search}`, { headers, signal: controller.signal });
  if (response.status !== 200) throw new Error(`the events were refused with ${response.status}`);
  return new Events(response, controller);
}
