# SPDX-License-Identifier: Apache-2.0
"""The value of x-ot-span-context, byte by byte: carrier.py FORM [KEY=VALUE ...].

FORM is binary, basic or envoy. The key "overrides" takes SERVICE@ADDRESS@PORT, several separated by
commas, and lists endpoints. pad=N is an item of N bytes.
"""
import base64
import ipaddress
import struct
import sys


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def text(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


def overrides(value):
    items = b""
    for item in value.split(","):
        service, address, port = item.split("@")
        packed = ipaddress.ip_address(address).packed
        items += text(
            1,
            text(1, service.encode())
            + text(2, packed)
            + varint(3 << 3)
            + varint(int(port))
            + text(4, text(1, b"colour") + text(2, b"blue")),
        )
    return base64.b64encode(items)


def item_value(key, value):
    if key == "overrides":
        return overrides(value)
    return b"p" * int(value) if key == "pad" else value.encode()


def carrier(form, items):
    shift = 1 if form == "envoy" else 0
    out = varint(1 + shift << 3 | 1) + struct.pack("<Q", 0x4561D62789BBF227)
    out += varint(2 + shift << 3 | 1) + struct.pack("<Q", 0x1E6037BABA5D5432)
    out += varint(3 + shift << 3) + b"\1"
    for item in items:
        key, value = item.split("=", 1)
        out += text(4 + shift, text(1, key.encode()) + text(2, item_value(key, value)))
    return text(2, out) if form == "binary" else out


print(base64.b64encode(carrier(sys.argv[1], sys.argv[2:])).decode())
