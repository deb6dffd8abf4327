# SPDX-License-Identifier: Apache-2.0
"""A WebSocket server that says its name: websocket_server.py NAME PORT LOG.

It greets with a message that looks like a marked request, and sends every message back behind its
name. The log has a line for each session and its number of messages.
"""
import asyncio
import sys

import websockets

LOOKS_MARKED = b"GET /from-the-server HTTP/1.1\r\nhost: users\r\nx-shunt-context: y\r\n\r\n"


async def session(websocket):
    name, log = sys.argv[1].encode(), sys.argv[3]
    context = websocket.request_headers.get("x-shunt-context", "-")
    messages = 0
    await websocket.send(LOOKS_MARKED)
    async for message in websocket:
        messages += 1
        await websocket.send(name + b" " + message)
    with open(log, "a", encoding="ascii") as file:
        file.write(f"session context={context} messages={messages}\n")


async def main():
    async with websockets.serve(session, None, int(sys.argv[2]), max_size=None):
        await asyncio.Future()


asyncio.run(main())
