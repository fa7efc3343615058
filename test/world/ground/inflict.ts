import { ALL, type Fault } from '../faults';
import type { World } from './world';

/** Milliseconds a `delay` adds one way. */
const LONG_MS = 3000;

/** Does a fault to the world. @returns what undoes it */
export async function inflict(world: World, { kind, region }: Fault): Promise<() => Promise<void>> {
  const regions = region === ALL ? world.regions.map((each) => each.region) : [region];
  const undo = await Promise.all(regions.map((each) => inflictOne(world, kind, each)));
  return async () => {
    await Promise.all(undo.map((each) => each()));
  };
}

async function inflictOne(world: World, kind: Fault['kind'], region: string): Promise<() => Promise<void>> {
  const restore = (): Promise<void> => world.toLinks(region, 'restore');
  switch (kind) {
    case 'cut':
      await world.toLinks(region, 'cut');
      return restore;
    case 'blackhole':
      await world.toLinks(region, 'blackHole');
      return restore;
    case 'refuse':
      await world.toLinks(region, 'refuse');
      return restore;
    case 'delay':
      await world.lengthen(region, LONG_MS);
      return () => world.lengthen(region, 0);
    case 'kill-primary':
      await world.killPrimary();
      return () => world.startPrimary();
    case 'kill-gateway':
      await world.killGateway(region);
      return () => world.startGateway(region);
    case 'resync':
      await world.resync(region);
      return () => Promise.resolve();
  }
}
