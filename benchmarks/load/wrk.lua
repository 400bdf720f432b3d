-- Asks for what a file lists, one request in a line: method, path, token and body between tabs.
-- With the argument "once" nothing is asked for twice, and the answers' statuses are counted.
local asked, position, once = {}, 0, false
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

local function prepared(line)
   local method, path, token, body = line:match("^(%S+)\t(%S+)\t(%S*)\t(.*)$")
   local headers = {}
   for name, value in pairs(wrk.headers) do headers[name] = value end
   if token ~= "" then headers["Authorization"] = "Bearer " .. token end
   if body ~= "" then headers["Content-Type"] = "application/json" end
   return wrk.format(method, path, headers, body ~= "" and body or nil)
end

function init(args)
   for line in io.lines(args[1]) do table.insert(asked, prepared(line)) end
   once = args[2] == "once"
   made, known, other, exhausted, said = 0, 0, 0, false, ""
   if once then
      response = function(status, headers, body)
         if status == 201 then made = made + 1
         elseif status == 200 or status == 204 then known = known + 1
         else
            other = other + 1
            said = status .. " " .. body:sub(1, 300):gsub("%s+", " ")
         end
      end
   end
end

function request()
   position = position + 1
   if position > #asked then
      exhausted = once
      if once then wrk.thread:stop() end
      position = 1
   end
   return asked[position]
end

function done(summary, latency, requests)
   local errors, thread = summary.errors, threads[1]
   local broken = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format(
      '\nRESULT {"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"longest":%d,' ..
      '"broken":%d,"refused":%d,"made":%d,"known":%d,"other":%d,"exhausted":%s}\n',
      summary.requests, summary.duration, summary.bytes, latency:percentile(50),
      latency:percentile(99), latency.max, broken, errors.status,
      thread:get("made"), thread:get("known"), thread:get("other"),
      tostring(thread:get("exhausted"))))
   if thread:get("said") ~= "" then io.write("SAID " .. thread:get("said") .. "\n") end
end
