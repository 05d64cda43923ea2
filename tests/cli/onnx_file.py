# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of ONNX files, byte by byte: what the tests that write some share."""


def field(number, value):
    """One field of a protobuf message: an integer, or bytes."""
    def varint(n):
        out = bytearray()
        while n > 0x7f:
            out.append(n & 0x7f | 0x80)
            n >>= 7
        return bytes(out) + bytes([n])
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def value_info(name, dims):
    shape = b"".join(
        field(1, field(2, dim) if isinstance(dim, str) else field(1, dim))
        for dim in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def node(kind, inputs, output, attributes=b""):
    return field(1, b"".join(field(1, name) for name in inputs)
                 + field(2, output) + field(3, "my " + kind)
                 + field(4, kind) + attributes)
