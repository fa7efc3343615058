/**
 * Loaded before a gateway of the world: leads connections to the host of its UPSTREAM_URL, which is the same name in every
 * region, to the port of this region's link (`UPSTREAM_LINK`), as the name of an upstream leads from each region over a network of its own.
 */
const net = require('node:net');

const { connect } = net;
const { hostname: host } = new URL(process.env.UPSTREAM_URL);
const link = { host: '127.0.0.1', port: Number(process.env.UPSTREAM_LINK) };

net.connect = (options, ...rest) =>
  connect(options.host === host ? { ...options, ...link } : options, ...rest);
