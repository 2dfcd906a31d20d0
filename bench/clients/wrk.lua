-- What wrk sends, and what it says at the end. The script that loads this one has set
--   requests  a list of whole HTTP requests: a string each, or {before, after} with a gap
--   fill      what goes into a gap: "account", one of `accounts` ids at random, or "value", 16
--             characters that were not sent before
-- and they are sent in turn.

local turn, sent = 0, 0
local seed = os.time() % 65536

local gaps = {
  account = function() return string.format("u%08d", math.random(0, accounts - 1)) end,
  value = function()
    sent = sent + 1
    return string.format("%04x%012x", seed, sent)
  end,
}

function init() math.randomseed(os.time()) end

function request()
  turn = turn % #requests + 1
  local text = requests[turn]
  if type(text) == "string" then return text end
  return text[1] .. gaps[fill]() .. text[2]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"bytes":%d,"errors":%d,"p50_us":%d,"p99_us":%d,"max_us":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
