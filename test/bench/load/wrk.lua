-- What wrk sends: a workload as plan.mjs wrote it down. Run as
--   wrk ... --script wrk.lua URL -- PATH START
-- PATH names the workload; START is where in its order to begin, and the first number of requests that are never the
-- same twice.

local MARK = string.rep("@", 9)

local requests, order = {}, {}
local fresh, position, count = false, 0, 0

function init(args)
  -- wrk passes what follows its URL, in some builds with the "--".
  local path, first = args[1], tonumber(args[2])
  local wire = assert(io.open(path .. ".wire", "rb"))
  local lines = io.lines(path .. ".plan")
  fresh = lines() == "1"
  for i = 1, tonumber(lines()) do requests[i] = wire:read(tonumber(lines())) end
  wire:close()
  for line in lines do
    count = count + 1
    order[count] = tonumber(line) + 1
  end
  position = first
end

function request()
  local text = requests[order[position % count + 1]]
  if fresh then text = text:gsub(MARK, string.format("%09d", position)) end
  position = position + 1
  return text
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"micros":%d,"bytes":%d,"failed":%d,"p50":%d,"p90":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max
  ))
end
