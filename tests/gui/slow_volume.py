# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A TIFF file that takes long to open, by itself: each of its pages has the
largest directory that is accepted, nearly all of it a hole of the file, and all
have to be read before the file's shape is known.
"""
import struct

N_ENTRIES = 4096


def write_slow(path, n_pages=60000):
    entry = struct.Struct('<HHII')
    rows = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1),
            (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 8),
            (279, 4, 1, 64)]
    head = (struct.pack('<H', N_ENTRIES)
            + b''.join(entry.pack(*row) for row in rows))
    size, start = 2 + 12 * N_ENTRIES + 4, 72
    with open(path, 'wb', buffering=0) as file:
        file.write(struct.pack('<2sHI', b'II', 42, start) + bytes(64) + head)
        for i in range(1, n_pages):
            file.seek(start + i * size - 4)
            file.write(struct.pack('<I', start + i * size) + head)
        file.truncate(start + n_pages * size)
    return path
