/** Who changes things in one region and looks in another whether it goes on showing what was. */
import { forEach, type TestRegion } from '../kit/regions';
import { pause, until } from '../kit/until';

/** Milliseconds after which no region of these tests may serve what was purged: FRESHNESS_BOUND_MS of the kit. */
export const BOUND_MS = 1500;

/**
 * Changes each of these products, and shows them to a region once the bound has passed since the last acknowledgement.
 * @returns those it showed as they were before
 */
export async function oldAnswers(
  writer: TestRegion,
  reader: TestRegion,
  ids: readonly string[],
): Promise<string[]> {
  const current = await changeAll(writer, ids);
  // The bound itself is what is tested.
  await pause(BOUND_MS);
  return shownOld(reader, current);
}

/** @returns the version each product has now; every change was acknowledged */
export async function changeAll(writer: TestRegion, ids: readonly string[]): Promise<Map<string, number>> {
  const versions = await forEach(ids, async (id): Promise<[string, number]> => {
    let version = 0;
    // On a busy machine the primary may take longer than it is given.
    await until(`the purge of ${id} is acknowledged`, async () => {
      const { token, data } = await writer.change(id);
      version = data.likeProduct.version;
      return token !== undefined;
    });
    return [id, version];
  });
  return new Map(versions);
}

/** @returns which products a region shows with a lower version than this, and how it came to */
export async function shownOld(reader: TestRegion, current: ReadonlyMap<string, number>): Promise<string[]> {
  const old: string[] = [];
  await forEach([...current], async ([id, version]) => {
    const { data, cacheStatus } = await reader.show(id);
    if (data.product.version < version) old.push(`${id} ${cacheStatus}`);
  });
  return old;
}
