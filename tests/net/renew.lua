-- SPDX-License-Identifier: Apache-2.0
-- As wrk.lua, with two contexts in turns, and every request on a connection of its own.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "wrk.lua")

contexts = { false, "x", "y" }
answers["users-y y\n"] = true
wrk.headers["connection"] = "close"
