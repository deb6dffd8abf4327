# SPDX-License-Identifier: Apache-2.0
"""The value of a signed marker, computed apart from the manager: HMAC-SHA-256 and SipHash-2-4."""

import hashlib
import hmac
import struct

MASK = (1 << 64) - 1


def _rotate(word, bits):
    return (word << bits | word >> (64 - bits)) & MASK


def _round(v):
    v[0] = (v[0] + v[1]) & MASK
    v[1] = _rotate(v[1], 13) ^ v[0]
    v[0] = _rotate(v[0], 32)
    v[2] = (v[2] + v[3]) & MASK
    v[3] = _rotate(v[3], 16) ^ v[2]
    v[0] = (v[0] + v[3]) & MASK
    v[3] = _rotate(v[3], 21) ^ v[0]
    v[2] = (v[2] + v[1]) & MASK
    v[1] = _rotate(v[1], 17) ^ v[2]
    v[2] = _rotate(v[2], 32)


def siphash(key, message):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        _round(v)
        _round(v)
        v[0] ^= word
    v[2] ^= 0xff
    for _ in range(4):
        _round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def marker(keys_file, context):
    with open(keys_file) as file:
        root = bytes.fromhex(file.read().strip())
    key = hmac.new(root, b"shunt marker", hashlib.sha256).digest()[:16]
    return f"{context}.{siphash(key, context.encode().ljust(64, bytes(1))):016x}"


# The example of the paper, appendix A.
assert siphash(bytes(range(16)), bytes(range(15))) == 0xa129ca6149be45e5
