#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""What `meson install` puts down is whole and stands without the source tree.

Arguments: the build folder, the source folder."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WANTED = [
    'bin/lamella',
    'bin/lamella-cli',
    'share/applications/org.lamella.Lamella.desktop',
    'share/metainfo/org.lamella.Lamella.metainfo.xml',
    'share/icons/hicolor/scalable/apps/org.lamella.Lamella.svg',
    'share/lamella/models/platelets.onnx',
    'share/glib-2.0/schemas/org.lamella.Lamella.gschema.xml',
]


def run(*words, **more):
    return subprocess.run([str(word) for word in words], timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)


def install(build, folder):
    done = run('meson', 'install', '-C', build, '--no-rebuild',
               env=dict(os.environ, DESTDIR=str(folder)))
    assert done.returncode == 0, done.stdout
    return next(folder.glob('**/bin')).parent


def check_files(prefix, source):
    for name in WANTED:
        assert (prefix / name).is_file(), f'{name} was not installed'


def check_metadata(prefix, source):
    for tool, words, name in (
            ('desktop-file-validate', [], WANTED[2]),
            ('appstreamcli', ['validate', '--no-net'], WANTED[3])):
        if not shutil.which(tool):
            continue
        done = run(tool, *words, prefix / name)
        assert done.returncode == 0, done.stdout


def check_programs(prefix, source):
    """They run elsewhere, and hold no path of the source tree."""
    schemas = prefix / 'share/glib-2.0/schemas'
    run('glib-compile-schemas', schemas)
    env = dict(os.environ, GSETTINGS_SCHEMA_DIR=str(schemas))
    for name in ('lamella', 'lamella-cli'):
        done = run(prefix / 'bin' / name, '--version', cwd='/', env=env)
        assert done.returncode == 0 and 'amella' in done.stdout, done.stdout
    with tempfile.TemporaryDirectory() as folder:
        done = run(prefix / 'bin/lamella-cli', 'synthesize', '--size',
                   '70,60,4', '-o', folder + '/s', cwd='/', env=env)
        assert done.returncode == 0, done.stdout
        done = run(prefix / 'bin/lamella-cli', 'project', 'create',
                   folder + '/s/image.tif', cwd='/', env=env)
        assert done.returncode == 0, done.stdout


def main():
    build, source = sys.argv[1:3]
    checks = [check_files, check_metadata, check_programs]
    print(f'1..{len(checks)}')
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        prefix = install(build, pathlib.Path(folder))
        for number, check in enumerate(checks, 1):
            try:
                check(prefix, source)
                print(f'ok {number} - {check.__name__}')
            except AssertionError as problem:
                failed += 1
                print('#', '\n# '.join(str(problem).splitlines()))
                print(f'not ok {number} - {check.__name__}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
