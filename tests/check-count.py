#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the closing line of ./test tells of every kind of failure."""
import json
import pathlib
import subprocess
import sys
import tempfile

GOOD = '<testcase name="1 a"/>'
BAD = '<testcase name="2 b"><failure/></testcase>'
SKIPPED = '<testcase name="3 c"><skipped/></testcase>'
# What stands in the JUnit file, what Meson says of the program, the last line.
ROWS = (
    ('all good', GOOD, 'OK', '1 passed, 0 failed, 0 skipped'),
    ('one case', GOOD + BAD + SKIPPED, 'FAIL', '1 passed, 1 failed, 1 skipped'),
    ('died after a good case', GOOD, 'ERROR', '1 passed, 1 failed, 0 skipped'),
    ('timed out', GOOD, 'TIMEOUT', '1 passed, 1 failed, 0 skipped'),
    ('died at once', '', 'ERROR', '0 passed, 2 failed, 0 skipped'),
    ('nothing ran', '', 'OK', '0 passed, 1 failed, 0 skipped'),
)


def count(cases, result, tries='', **streams):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'unit.xml').write_text(
            '<testsuites><testsuite name="lamella.lamella:unit / x">'
            f'{cases}</testsuite></testsuites>')
        (folder / 'unit.json').write_text(
            json.dumps({'name': 'lamella:unit / x', 'result': result, **streams})
            + '\n')
        if tries:
            (folder / 'second-tries.txt').write_text(tries)
        return subprocess.run(
            [sys.executable, pathlib.Path(__file__).with_name('count-results.py'),
             name], capture_output=True, text=True, check=False)


def tells_second_tries():
    done = count(GOOD, 'OK', 'test_shapes: draws\n')
    return (done.returncode == 0 and done.stdout.splitlines()
            == ['passed at the second try: test_shapes: draws', ROWS[0][3]])


def tells_what_failed(told, **streams):
    """What stands before the lines of what failed and of the counts."""
    return count(GOOD, 'FAIL', **streams).stdout.splitlines()[:-2] == told


PROGRESS = [f'#{n}: REDUCE cov: 7' for n in range(99)]
REPORT = ['==7== ERROR: libFuzzer: deadly signal', '    #0 in parse parse.c:9']
TAP = '1..2\nok 1 a\n# b: 1 == 2\nnot ok 2 b\nbye\n'
MORE = {
    'second tries': tells_second_tries(),
    'remarks of TAP': tells_what_failed(['# b: 1 == 2'], stdout=TAP),
    'the end of what is not TAP': tells_what_failed(
        ['| ' + line for line in PROGRESS[-60:]], stdout='\n'.join(PROGRESS)),
    'a report and what follows it': tells_what_failed(
        ['| ' + line for line in REPORT + PROGRESS[:58]],
        stdout='\n'.join(PROGRESS + REPORT + PROGRESS)),
    'errors beside TAP': tells_what_failed(
        ['# b: 1 == 2', '| ok.c: cannot open'], stdout=TAP,
        stderr='ok.c: cannot open\n'),
    'what died before it spoke': tells_what_failed(
        ['| ok.c: cannot open'], stdout='ok.c: cannot open\n'),
}

print(f'1..{len(ROWS) + len(MORE)}')
for number, (what, cases, result, wanted) in enumerate(ROWS, 1):
    done = count(cases, result)
    good = (done.stdout.splitlines()[-1:] == [wanted]
            and done.returncode == (0 if ' 0 failed' in wanted else 1))
    print('ok' if good else 'not ok', number, what)
    if not good:
        print('#', done.stdout, done.stderr)
for number, (what, good) in enumerate(MORE.items(), len(ROWS) + 1):
    print('ok' if good else 'not ok', number, what)
