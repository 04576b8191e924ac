-- What wrk sends, which is what aigwd makes of `generate`, and what it prints
-- at the end: one line of key=value, as load.h has it.

local text

function init(args)
    wrk.method = "POST"
    wrk.headers["Accept"] = "application/json"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = '{"model":"bench","messages":[{"role":"system","content":' ..
        '"You are a helpful AI assistant."},{"role":"user","content":"' ..
        args[1] .. '"}],"temperature":0.7,"max_tokens":4096}'
    text = wrk.format()
end

function request()
    return text
end

function done(summary, latency)
    local errors = summary.errors
    local late = 0

    for i = 1, #latency do
        local us, count = latency(i)

        if us >= 39000 then
            late = late + count
        end
    end
    io.write(string.format(
        "calls=%d failed=%d elapsed_us=%d p50_us=%d p99_us=%d late=%d\n",
        summary.requests, errors.connect + errors.read + errors.write +
        errors.status + errors.timeout, summary.duration,
        latency:percentile(50), latency:percentile(99), late))
end
