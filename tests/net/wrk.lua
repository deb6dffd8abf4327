-- SPDX-License-Identifier: Apache-2.0
-- Marked and unmarked requests in turn; every answer must come from the pod that its request
-- belongs to. Answers say "POD CONTEXT": see the location /quiet in lib/servers.sh.
local threads = {}
local number = 0
contexts = { false, "x" } -- false: without a marker
answers = { ["users-x x\n"] = true, ["users-1 \n"] = true, ["users-2 \n"] = true }
wrong = 0
example = ""

package.path = debug.getinfo(1, "S").source:match("^@(.*/)") .. "?.lua"
require("pause")

function setup(thread)
	table.insert(threads, thread)
end

function request()
	number = number + 1
	wrk.headers["x-shunt-context"] = contexts[number % #contexts + 1] or nil
	return wrk.format()
end

function response(status, headers, body)
	if not answers[body] then
		wrong = wrong + 1
		example = status .. " " .. body
	end
end

function done(summary, latency, requests)
	for _, thread in ipairs(threads) do
		if thread:get("wrong") > 0 then
			print("Wrong answers: " .. thread:get("wrong") .. ": "
				.. thread:get("example"))
		end
	end
end
