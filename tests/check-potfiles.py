#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Fails on a source file with text for people that po/POTFILES does not name,
which no translator would ever see, and on a name there of no file."""
import pathlib
import re
import sys

TEXT = re.compile(r'\b(?:N?C?_|ngettext)\s*\(\s*"|translatable="yes"')


def main():
    root = pathlib.Path(sys.argv[1])
    named = [line for line in (root / 'po/POTFILES').read_text().splitlines()
             if line and not line.startswith('#')]
    files = [path for folder in ('src', 'ui') for path in
             (root / folder).rglob('*') if path.suffix in ('.c', '.h', '.ui')]
    missing = [str(path.relative_to(root)) for path in files
               if TEXT.search(path.read_text())]
    missing = sorted(set(missing) - set(named))
    gone = [name for name in named if not (root / name).exists()]
    print('1..2')
    for number, what, found in ((1, 'all text is translated', missing),
                                (2, 'all files are there', gone)):
        print(f'{"not ok" if found else "ok"} {number} {what}')
        for name in found:
            print(f'# {name}')
    sys.exit(bool(missing or gone))


main()
