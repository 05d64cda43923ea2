# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests of lamella-cli share: TAP, running the program, and
a plain reader of the TIFF files it writes. Standard library only."""
import array
import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback
import zlib

PROGRAM = os.environ.get("LAMELLA_CLI", "lamella-cli")
DATA = os.environ.get("LAM_TEST_DATA", "")


class Skip(Exception):
    """Raised by a test that cannot be done here."""


def run(*arguments, stdin=None, code=0, cwd=None, env=None):
    """Runs the program; returns its standard output, or its standard error
    where a failure (`code` 1 or 2) is wanted."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin,
                          capture_output=True, text=True, cwd=cwd, env=env,
                          timeout=250)
    if done.returncode != code:
        raise AssertionError(
            f"{arguments}: exit status {done.returncode}, not {code}\n"
            f"{done.stdout}{done.stderr}")
    if code:
        assert done.stderr.startswith("lamella-cli: "), done.stderr
        return done.stderr
    return done.stdout


def run_json(*arguments, **more):
    return json.loads(run(*arguments, "--json", **more))


def data(*path):
    found = os.path.join(DATA, *path)
    if not os.path.exists(found):
        raise Skip("the real data are not here")
    return found


def unpack_strip(raw, compression, width, sample, predictor):
    if compression == 8:
        raw = zlib.decompress(raw)
    elif compression != 1:
        raise AssertionError(f"compression {compression}")
    values = array.array({1: "B", 2: "H", 4: "I"}[sample], raw)
    if predictor == 2:
        top = (1 << 8 * sample) - 1
        for row in range(0, len(values), width):
            for i in range(row + 1, min(row + width, len(values))):
                values[i] = values[i] + values[i - 1] & top
    return values


class Tiff:
    """A little-endian TIFF or BigTIFF stack of one sample a pixel: `pages` is
    a list of arrays, `tags` those of the first page."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        assert self.bytes[:2] == b"II", "byte order"
        self.big = struct.unpack_from("<H", self.bytes, 2)[0] == 43
        where = struct.unpack_from("<Q" if self.big else "<I", self.bytes,
                                   8 if self.big else 4)[0]
        self.pages, self.tags = [], None
        while where:
            tags, where = self.read_directory(where)
            self.tags = self.tags or tags
            self.pages.append(self.read_page(tags))

    def read_directory(self, at):
        count, entry = ("<Q", 20) if self.big else ("<H", 12)
        n = struct.unpack_from(count, self.bytes, at)[0]
        at += struct.calcsize(count)
        tags = {}
        for i in range(n):
            tag, values = self.read_entry(at + i * entry)
            tags[tag] = values
        offset = "<Q" if self.big else "<I"
        return tags, struct.unpack_from(offset, self.bytes, at + n * entry)[0]

    def read_entry(self, at):
        tag, kind = struct.unpack_from("<HH", self.bytes, at)
        n = struct.unpack_from("<Q" if self.big else "<I", self.bytes,
                               at + 4)[0]
        form = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 12: "d",
                16: "Q"}.get(kind, "B")
        form = f"<{n}s" if form == "s" else "<" + form * n
        field, room = (at + 12, 8) if self.big else (at + 8, 4)
        if struct.calcsize(form) > room:
            field = struct.unpack_from("<Q" if self.big else "<I", self.bytes,
                                       field)[0]
        values = struct.unpack_from(form, self.bytes, field)
        return tag, values[0] if kind == 2 else values

    def read_page(self, tags):
        self.width, self.height = tags[256][0], tags[257][0]
        sample = tags[258][0] // 8
        page = array.array({1: "B", 2: "H", 4: "I"}[sample])
        for offset, n in zip(tags[273], tags[279]):
            page.extend(unpack_strip(self.bytes[offset:offset + n],
                                     tags.get(259, (1,))[0], self.width,
                                     sample, tags.get(317, (1,))[0]))
        assert len(page) == self.width * self.height
        return page

    @property
    def size(self):
        return [self.width, self.height, len(self.pages)]


def write_tiff(path, width, height, values, sample=1):
    """A classic TIFF of one uncompressed page."""
    write_stack(path, width, height, [values], sample)


def write_stack(path, width, height, pages, sample=1):
    """The same of several pages, each followed by its directory."""
    with open(path, "wb") as file:
        at = 8
        file.write(b"II*\0")
        for i, values in enumerate(pages):
            body = array.array({1: "B", 2: "H", 4: "I"}[sample],
                               values).tobytes()
            tags = [(256, 4, width), (257, 4, height), (258, 3, 8 * sample),
                    (259, 3, 1), (262, 3, 1), (273, 4, at), (277, 3, 1),
                    (278, 4, height), (279, 4, len(body))]
            at += len(body)
            file.write(struct.pack("<I", at) + body)
            file.write(struct.pack("<H", len(tags)))
            for tag, kind, value in tags:
                file.write(struct.pack("<HHII", tag, kind, 1, value))
            # The next page's offset stands before its voxels.
            at += 2 + 12 * len(tags) + 4
        file.write(struct.pack("<I", 0))


@contextlib.contextmanager
def small_disk(folder, size="2m"):
    """A full disk soon: a tmpfs where one may be mounted."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "tmpfs", folder], capture_output=True)
    if done.returncode:
        raise Skip("no tmpfs can be mounted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def closed_folder(folder):
    """A folder that nobody may write into, root neither."""
    os.makedirs(folder)
    os.chmod(folder, 0o555)
    mounted = False
    if os.access(folder, os.W_OK):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs",
                               folder], capture_output=True)
        if done.returncode:
            raise Skip("this user may write anywhere")
        mounted = True
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        os.chmod(folder, 0o755)


def main(tests):
    """Runs functions that take a fresh folder; prints TAP."""
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", "-")
        folder = tempfile.mkdtemp(prefix="lamella-")
        try:
            test(folder)
            print(f"ok {number} {name}")
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}")
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} {name}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
    sys.exit(failed != 0)
