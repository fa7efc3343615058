/**
 * Loaded into a gateway's process beside it: measures the longest turn of its event loop between two messages, in processor
 * time of the main thread, which is what the machine does beside it has no part in.
 */
const { readFileSync } = require('node:fs');

/** Milliseconds that the main thread has had of a processor. */
function spent() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6;
}

let longest = 0;
let before = 0;
let isMeasuring = false;

function turn() {
  const now = spent();
  longest = Math.max(longest, now - before);
  before = now;
  if (isMeasuring) setImmediate(turn);
}

process.on('message', (message) => {
  if (message === 'begin') {
    longest = 0;
    isMeasuring = true;
    before = spent();
    setImmediate(turn);
  } else if (message === 'end') {
    isMeasuring = false;
    setImmediate(() => process.send({ longest }));
  }
});
// Else it would keep a process alive that is to end.
process.channel?.unref();
