# SPDX-License-Identifier: Apache-2.0
"""Messages of proto/sync.proto as bytes, as far as a source of churn needs them."""

import ipaddress


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def number_field(tag, number):
    return varint(tag << 3) + varint(number) if number else b""


def bytes_field(tag, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(tag << 3 | 2) + varint(len(value)) + value


def message(tag, content):
    """A SyncMessage with this content, after its length."""
    whole = bytes_field(tag, content)
    return varint(len(whole)) + whole


def hello(instance, heartbeat_ms):
    return message(1, number_field(1, 1) + bytes_field(2, instance)
                   + number_field(3, heartbeat_ms))


def endpoint(address, port, service="", fence=0, flags=0):
    content = bytes_field(1, ipaddress.ip_address(address).packed) + number_field(2, port)
    if service:
        content += bytes_field(3, service)
    return content + number_field(4, fence) + number_field(5, flags)


def service_row(name):
    return bytes_field(1, name)


def frontend_row(address, port, service):
    return bytes_field(3, endpoint(address, port, service))


def offloaded_row(address, port, service):
    """One that overrides may name, behind a fence that enforces."""
    return bytes_field(5, endpoint(address, port, service, fence=2, flags=1))


def removed_offloaded_row(address, port):
    return bytes_field(6, endpoint(address, port))


def override_row(context, service, endpoints):
    content = bytes_field(1, context) + bytes_field(2, service)
    for address, port in endpoints:
        content += bytes_field(4, endpoint(address, port))
    return bytes_field(7 if endpoints else 8, content)


def keys_row(epoch, key):
    return bytes_field(10, bytes_field(1, number_field(1, epoch) + bytes_field(2, key))
                       + number_field(2, epoch))


def generation(number, rows, snapshot=False):
    """Delimited messages of a whole one. rows: encoded ones, few enough for messages of 256 KiB."""
    out = [message(2, number_field(1, int(snapshot)))]
    for at in range(0, len(rows), 500):
        out.append(message(3, b"".join(rows[at:at + 500])))
    out.append(message(4, number_field(1, number) + number_field(2, number)
                       + number_field(3, 1)))
    return b"".join(out)


def fields(content):
    """The varints and byte strings of a message: (tag, value)."""
    at = 0

    def read():
        nonlocal at
        number = shift = 0
        while True:
            byte = content[at]
            at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while at < len(content):
        key = read()
        if key & 7 == 0:
            yield key >> 3, read()
        elif key & 7 == 2:
            length = read()
            yield key >> 3, content[at:at + length]
            at += length
        else:
            raise ValueError(f"wire type {key & 7}")
