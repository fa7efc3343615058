// Where Fly's regions are: degrees east and north. A region with another name stands beside the map.
const PLACES = {
  ams: [4.9, 52.4],
  arn: [17.9, 59.6],
  atl: [-84.4, 33.7],
  bog: [-74.1, 4.7],
  bom: [72.9, 19.1],
  bos: [-71.1, 42.4],
  cdg: [2.5, 49],
  den: [-104.7, 39.9],
  dfw: [-97, 32.9],
  ewr: [-74.2, 40.7],
  eze: [-58.5, -34.8],
  fra: [8.6, 50],
  gdl: [-103.3, 20.5],
  gig: [-43.2, -22.8],
  gru: [-46.5, -23.4],
  hkg: [113.9, 22.3],
  iad: [-77.5, 38.9],
  jnb: [28.2, -26.1],
  lax: [-118.4, 33.9],
  lhr: [-0.5, 51.5],
  mad: [-3.6, 40.5],
  mia: [-80.3, 25.8],
  nrt: [140.4, 35.8],
  ord: [-87.9, 42],
  otp: [26.1, 44.6],
  phx: [-112, 33.4],
  qro: [-100.2, 20.6],
  scl: [-70.8, -33.4],
  sea: [-122.3, 47.4],
  sin: [104, 1.4],
  sjc: [-121.9, 37.4],
  syd: [151.2, -33.9],
  waw: [21, 52.2],
  yul: [-73.7, 45.5],
  yyz: [-79.6, 43.7],
};

export const WIDTH = 960;
export const HEIGHT = 380;

/** Where on the map a region is; undefined: it is not known. */
export function placeOf(region) {
  if (!Object.hasOwn(PLACES, region)) return undefined;
  const [east, north] = PLACES[region];
  return { x: ((east + 180) * WIDTH) / 360, y: ((84 - north) * HEIGHT) / 142.5 };
}
