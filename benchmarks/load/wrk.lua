-- Sends the requests of a file, which are written as they are sent, with \30 behind each, over and
-- over. With the argument "count" the answers of 201 are counted, and others are errors.
local requests, position, threads = {}, 0, {}
made, other = 0, 0

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   for request in io.open(args[1]):read("*a"):gmatch("[^\30]+") do
      table.insert(requests, request)
   end
   if args[2] == "count" then
      response = function(status)
         if status == 201 then made = made + 1 else other = other + 1 end
      end
   end
end

function request()
   position = position % #requests + 1
   return requests[position]
end

function done(summary, latency)
   local errors, thread = summary.errors, threads[1]
   local broken = errors.connect + errors.read + errors.write + errors.timeout
   local refused = math.max(errors.status, thread:get("other"))
   io.write(string.format(
      '\nRESULT {"requests":%d,"per_second":%f,"p50":%f,"p99":%f,"errors":%d,"made":%d}\n',
      summary.requests, 1e6 * summary.requests / summary.duration, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3, broken + refused, thread:get("made")))
end
