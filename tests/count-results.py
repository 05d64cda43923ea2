#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit files that Meson wrote and prints the closing line.

Each case of a TAP test counts. A program that died or timed out counts as one
failure more: JUnit says nothing of it where the cases before were good, so what
Meson says of each program (NAME.json beside NAME.xml) is looked at, too. Cases
that passed when they were tried again are named.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find('failure') is not None or case.find('error') is not None:
        return 'failed'
    return 'skipped' if case.find('skipped') is not None else 'passed'


def read_cases(path):
    """Program, case, outcome; a program without cases is its own case."""
    for suite in ElementTree.parse(path).getroot().iter('testsuite'):
        program = suite.get('name').partition('.')[2]
        for case in suite.iter('testcase'):
            yield program or case.get('name'), case.get('name'), outcome(case)


def read_broken(path):
    """Programs that Meson calls neither good nor skipped, what it says of them,
    and what they said of themselves."""
    with open(path) as file:
        for line in file:
            test = json.loads(line)
            if test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
                yield (test['name'], test['result'],
                       remarks(test.get('stdout') or '')
                       + heard(test.get('stderr') or ''))


TAP = re.compile(r'TAP version |1\.\.\d|(not )?ok( |$)')
REPORT = re.compile(r'==\d+== ?ERROR|.*runtime error: ')


def remarks(text):
    """What TAP remarks, the last of it: it does after a case that failed. Of a
    program that does not speak TAP, all is heard."""
    lines = text.splitlines()
    if any(TAP.match(line) for line in lines):
        return [line for line in lines if line.startswith('#')][-60:]
    return heard(text)


def heard(text):
    """The last lines, or those from where a sanitiser or a fuzzer reports."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if REPORT.match(line)), None)
    lines = lines[-60:] if start is None else lines[start:start + 60]
    return ['| ' + line for line in lines]


def main():
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    files = sorted(pathlib.Path(sys.argv[1]).glob('*.xml'))
    for path in files:
        failed = set()
        for program, case, what in read_cases(path):
            counts[what] += 1
            if what == 'failed':
                failed.add(program)
            if what != 'passed':
                print(f'{what}: {path.stem}: {program}: {case}')
        log = path.with_suffix('.json')
        for program, result, said in read_broken(log) if log.exists() else []:
            for remark in said:
                print(remark)
            if program not in failed:
                counts['failed'] += 1
                print(f'failed: {path.stem}: {program}: {result.lower()}')
    tries = pathlib.Path(sys.argv[1], 'second-tries.txt')
    if tries.exists():
        print(*('passed at the second try: ' + line
                for line in tries.read_text().splitlines()), sep='\n')
    if not files or counts['passed'] == 0:
        counts['failed'] += 1
    print(', '.join(f'{n} {name}' for name, n in counts.items()))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
