/** The reference of every ratio: node:http that reads the request whole and writes the same bytes every time. */
import { createServer } from 'node:http';
import { input, listen } from './announce.mjs';

const body = Buffer.from(input.body, 'base64');
const headers = [...input.headers, ...(input.status === 304 ? [] : ['Content-Length', String(body.length)])];
let answered = 0;

listen(
  createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      answered++;
      response.writeHead(input.status, headers);
      if (input.status === 304) response.end();
      else response.end(body);
    });
  }),
  () => answered,
);
