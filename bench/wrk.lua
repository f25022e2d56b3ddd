-- wrk's requests: a POST of the file in BODY_FILE, with HEADER_LINES; and its results as one line of JSON.

local file = assert(io.open(os.getenv("BODY_FILE"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
for name, value in (os.getenv("HEADER_LINES") or ""):gmatch("([^:\n]+): ([^\n]+)") do
   wrk.headers[name] = value
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '\nJSON {"per_second": %.3f, "requests": %d, "failed": %d, "p50_ms": %.4f, "p99_ms": %.4f}\n',
      summary.requests / (summary.duration / 1e6), summary.requests,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
