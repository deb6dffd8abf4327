# SPDX-License-Identifier: Apache-2.0
"""A WebSocket session: websocket_client.py URL [CONTEXT]. Prints the server's name.

Its frames are masked with zeros, so that what they contain is on the wire as it is: messages that
are marked requests, some of which begin a packet.
"""
import asyncio
import fcntl
import struct
import sys
import termios
import types

import websockets
import websockets.frames

websockets.frames.secrets = types.SimpleNamespace(token_bytes=bytes)
MARKED = b"GET /in-a-frame HTTP/1.1\r\nhost: users\r\nx-shunt-context: %s\r\n\r\n"
REQUESTS = [MARKED % name for name in (b"x", b"y", b"nobody")]
LARGE = b"".join(REQUESTS) * 1000


async def acknowledged(websocket):
    """Waits until the peer has acknowledged all that was written."""
    descriptor = websocket.transport.get_extra_info("socket").fileno()
    left = 1
    while left:
        await asyncio.sleep(0.001)
        left = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, b"\0" * 4))[0]


async def send_apart(websocket, message):
    """Sends a text-book frame: its header in one packet, its payload in another."""
    await acknowledged(websocket)
    websocket.transport.write(struct.pack("!BBI", 0x82, 0x80 | len(message), 0))
    await acknowledged(websocket)
    websocket.transport.write(message)


async def echo(websocket, message, send):
    await send(websocket, message)
    name, _, rest = (await websocket.recv()).partition(b" ")
    if rest != message:
        raise SystemExit(f"{len(rest)} bytes came back of {len(message)}, or others")
    return name


async def session(url, headers):
    async with websockets.connect(url, extra_headers=headers, max_size=None) as websocket:
        greeting = await websocket.recv()
        if not greeting.startswith(b"GET /from-the-server"):
            raise SystemExit(f"greeting {greeting!r}")
        names = set()
        for message in REQUESTS * 5:
            names.add(await echo(websocket, message, type(websocket).send))
            names.add(await echo(websocket, message, send_apart))
        names.add(await echo(websocket, LARGE, type(websocket).send))
        await websocket.ping()
        return names


found = asyncio.run(
    asyncio.wait_for(
        session(sys.argv[1], [("x-shunt-context", value) for value in sys.argv[2:]]), 20
    )
)
print(b" ".join(sorted(found)).decode())
