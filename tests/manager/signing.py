# SPDX-License-Identifier: Apache-2.0
"""What follows from a file of keys, computed apart from the programs: HMAC-SHA-256, SipHash-2-4.

    signing.py FILE marker CONTEXT    what names the context, signed
    signing.py FILE passport EPOCH    the key of an epoch's passports: two numbers, as texts
"""

import hashlib
import hmac
import struct
import sys

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


def _derive(keys_file, label):
    with open(keys_file) as file:
        root = bytes.fromhex(file.read().strip())
    return hmac.new(root, label, hashlib.sha256).digest()[:16]


def marker(keys_file, context):
    key = _derive(keys_file, b"shunt marker")
    return f"{context}.{siphash(key, context.encode().ljust(64, bytes(1))):016x}"


def passport(keys_file, epoch):
    key = _derive(keys_file, b"shunt passport" + struct.pack(">I", epoch))
    return '["%d","%d"]' % struct.unpack("<QQ", key)


# The example of the paper, appendix A.
assert siphash(bytes(range(16)), bytes(range(15))) == 0xa129ca6149be45e5

if __name__ == "__main__":
    print(marker(sys.argv[1], sys.argv[3]) if sys.argv[2] == "marker"
          else passport(sys.argv[1], int(sys.argv[3])))
