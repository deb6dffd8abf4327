-- SPDX-License-Identifier: Apache-2.0
-- Each connection pauses before a request for the milliseconds that the argument says.
function init(arguments)
	local pause = tonumber(arguments[1]) or 0
	if pause > 0 then
		function delay()
			return pause
		end
	end
end
