#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit files that Meson wrote and prints the closing line.

Each case of a TAP test counts; a program that died or timed out, and so gave
no cases, counts as one failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find('failure') is not None or case.find('error') is not None:
        return 'failed'
    return 'skipped' if case.find('skipped') is not None else 'passed'


def main():
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    files = sorted(pathlib.Path(sys.argv[1]).glob('*.xml'))
    for path in files:
        for suite in ElementTree.parse(path).getroot().iter('testsuite'):
            cases = [outcome(case) for case in suite.iter('testcase')]
            broken = int(suite.get('errors', 0)) + int(suite.get('failures', 0))
            if broken and 'failed' not in cases:
                cases.append('failed')
            for case in suite.iter('testcase'):
                if outcome(case) != 'passed':
                    print(f'{outcome(case)}: {path.stem}: '
                          f'{suite.get("name")}: {case.get("name")}')
            for one in cases:
                counts[one] += 1
    if not files or counts['passed'] == 0:
        counts['failed'] += 1
    print(', '.join(f'{n} {name}' for name, n in counts.items()))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
