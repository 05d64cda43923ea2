#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Fails on an #include that goes up the floors, on a library that a floor may
not know, and on a circle of modules. Reads the table in src/meson.build."""
import pathlib
import re
import sys

# Which outside library a system header belongs to.
LIBRARY = {
    'gtk/': 'gtk', 'gdk/': 'gtk', 'adwaita': 'adwaita', 'epoxy/gl': 'epoxy',
    'epoxy/egl': 'egl', 'EGL/': 'egl', 'tiff': 'tiff', 'blosc': 'blosc',
    'sqlite3': 'sqlite', 'zstd': 'zstd', 'nettle/': 'nettle',
    'json-glib/': 'json',
    'cairo': 'cairo', 'cblas': 'openblas', 'protobuf-c/': 'protobuf-c',
    'GL/': 'none', 'hdf5': 'hdf5',
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def read_table(text):
    row = re.compile(r"'(\w+)':\s*\{\s*'uses':\s*\[([^\]]*)\],\s*"
                     r"'outside':\s*\[([^\]]*)\]")
    names = re.compile(r"'([\w-]+)'")
    return {floor: (names.findall(uses), names.findall(outside))
            for floor, uses, outside in row.findall(text)}


def library_of(header):
    for start, library in LIBRARY.items():
        if header.startswith(start):
            return library
    return None


def find_circle(graph):
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        path.append(node)
        for after in sorted(graph.get(node, ())):
            circle = visit(after)
            if circle:
                return circle
        done.add(path.pop())
        return None

    for node in sorted(graph):
        circle = visit(node)
        if circle:
            return circle
    return None


def check(source, table):
    problems, graph = [], {}
    for path in sorted(source.glob('*/*.[ch]')):
        floor = path.parent.name
        if floor not in table:
            problems.append(f'{path}: the table has no floor “{floor}”')
            continue
        uses, outside = table[floor]
        for mark, header in INCLUDE.findall(path.read_text()):
            other = header.split('/')[0]
            if mark == '"' and '/' in header:
                if other != floor and other not in uses:
                    problems.append(f'{path}: includes "{header}", but '
                                    f'{floor} may not use {other}')
                if path.suffix == '.h':
                    graph.setdefault(f'{floor}/{path.name}', set()).add(header)
            library = library_of(header) if mark == '<' else None
            if library and library not in outside:
                problems.append(f'{path}: includes <{header}>, but {floor} '
                                f'may not know {library}')
    circle = find_circle(graph)
    if circle:
        problems.append('a circle of headers: ' + ' → '.join(circle))
    return problems


def check_order(table):
    """A floor may use only those above it in the table's order."""
    seen, problems = [], []
    for floor, (uses, _) in table.items():
        problems += [f'{floor} uses {other}, which is not below it'
                     for other in uses if other not in seen]
        seen.append(floor)
    return problems


def check_itself():
    """The checker must see what it is there to see."""
    table = {'low': ([], []), 'high': (['low'], [])}
    assert check_order({'low': (['high'], []), 'high': ([], [])})
    assert not check_order(table)
    assert find_circle({'a': {'b'}, 'b': {'c'}, 'c': {'a'}})
    assert not find_circle({'a': {'b'}, 'b': {'c'}})
    assert library_of('gtk/gtk.h') == 'gtk'
    assert library_of('stdio.h') is None


def main():
    top = pathlib.Path(sys.argv[1])
    check_itself()
    table = read_table((top / 'src/meson.build').read_text())
    assert 'base' in table and 'cli' in table, 'src/meson.build not understood'
    problems = check_order(table) + check(top / 'src', table)
    print('TAP version 13\n1..1')
    for problem in problems:
        print('#', problem)
    print('not ok 1 - floors' if problems else 'ok 1 - floors')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
