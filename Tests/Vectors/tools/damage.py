"""Writes a changed copy of a file; no field is parsed but by its bytes.

usage: damage.py SOURCE OUT cut COUNT | append HEX | flip OFFSET | flip-mac | mac-iterations HEX | version HEX
       damage.py random|zeros OUT COUNT
"""
import random
import sys


def last(data, pattern):
    index = data.rindex(pattern)
    return index, index + len(pattern)


def flip_mac(data):
    # MacData ends with OCTET STRING mac salt (04 08 ...) and INTEGER iterations: the byte before the salt is the digest's last.
    salt, _ = last(data[:-4], b"\x04\x08")
    data[salt - 1] ^= 1
    return data


def mac_iterations(data, value):
    tail = data.rindex(b"\x02\x02\x07\xd0")
    assert tail == len(data) - 4
    return data[:-2] + bytes.fromhex(value)


def version(data, value):
    at = data.index(b"\x02\x01\x03")
    data[at + 2:at + 3] = bytes.fromhex(value)
    return data


def changed(data, change, value=None):
    if change == "flip":
        data[int(value)] ^= 1
        return data
    return {
        "cut": lambda: data[:int(value)],
        "append": lambda: data + bytes.fromhex(value),
        "flip-mac": lambda: flip_mac(data),
        "mac-iterations": lambda: mac_iterations(data, value),
        "version": lambda: version(data, value),
    }[change]()


def main(source, out, *change):
    if source == "random":
        data = random.Random(2).randbytes(int(change[0]))
    elif source == "zeros":
        data = bytes(int(change[0]))
    else:
        data = changed(bytearray(open(source, "rb").read()), *change)
    with open(out, "wb") as file:
        file.write(data)


main(*sys.argv[1:])
