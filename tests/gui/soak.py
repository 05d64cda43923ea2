# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A robot paints and looks around while the network answers, for as long as
LAM_SOAK_SECONDS says (30 minutes without it): no error is printed, memory does
not grow without end, and the project is sound afterwards.

  python3 tests/gui/soak.py BUILD

Best with a build of -Db_sanitize=address,undefined, which then tells leaks and
errors of memory, too. What the program takes is printed each half minute; what
grows is asked between the first third, when caches have filled, and the end. So
are the rounds of the main loop that took longest.
"""
import os
import random
import time

import driver
from driver import check

SECONDS = float(os.environ.get('LAM_SOAK_SECONDS', 30 * 60))
REPORT_SECONDS = min(30, SECONDS / 12)
# Of memory at the end, over that of the first third.
GROWTH = 1.25
SPARE_BYTES = 64 << 20
# What has been freed would be kept for long, and count as growth.
SANITISERS = {
    'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=0:quarantine_size_mb=16',
    'LSAN_OPTIONS': 'suppressions=' + os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        'lsan.supp') + ':print_suppressions=0:exitcode=0',
    'UBSAN_OPTIONS': 'print_stacktrace=1'}
MAPS = ['shift+d', 'd', 'w']


def resident_bytes(process):
    with open(f'/proc/{process.pid}/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def paint(app, rng, button=1):
    pane = app.panes['xy']
    u = rng.uniform(pane.left, pane.right)
    v = rng.uniform(pane.top, pane.bottom)
    x, y = pane.at(u, v)
    x = min(max(x, pane.x + 30), pane.x + pane.width - 30)
    y = min(max(y, pane.y + 30), pane.y + pane.height - 30)
    points = [(x, y)]
    for _ in range(rng.randrange(2, 12)):
        x += rng.uniform(-9, 9)
        y += rng.uniform(-9, 9)
        points.append((x, y))
    app.drag(points, button)


def act(app, rng):
    """One thing that a person does."""
    pane = app.panes[rng.choice(['xy', 'xz', 'yz'])]
    x = pane.x + rng.uniform(0.2, 0.8) * pane.width
    y = pane.y + rng.uniform(0.2, 0.8) * pane.height
    what = rng.random()
    if what < 0.5:
        paint(app, rng)
    elif what < 0.55:
        paint(app, rng, button=3)
    elif what < 0.7:
        app.wheel(x, y, rng.choice([-3, 3]))
    elif what < 0.75:
        app.wheel(x, y, rng.choice([-2, 2]), 'ctrl')
    elif what < 0.8:
        app.drag([(x, y), (x + 40, y + 20), (x + 10, y + 20)], button=2)
    elif what < 0.88:
        app.key('ctrl+z')
    elif what < 0.92:
        app.key('ctrl+shift+z')
    elif what < 0.96:
        # On and off again.
        key = rng.choice(MAPS)
        app.key(key)
        time.sleep(0.3)
        app.key(key)
    else:
        app.key(rng.choice(['1', '2', '3', 'n', 'c', 'x']))


def look(app, sizes, start):
    sizes.append(resident_bytes(app.process))
    print(f'# {time.monotonic() - start:6.0f} s  {sizes[-1] / 1e6:7.1f} MB',
          flush=True)


def is_drivers(line):
    """Mesa keeps 128 bytes for ever, and is not there any more when leaks are
    looked for, so that nothing has a name in what was called."""
    return '<unknown module>' in line or '__interceptor_' in line


def check_leaks(errors):
    frames = [line for line in errors if line.lstrip().startswith('#')]
    check(all(map(is_drivers, frames)), '\n'.join(errors))


def soaks(bench):
    project = bench.project('320,256,32')
    bench.cli('model', 'add', project, '--shipped', 'platelets')
    bench.cli('model', 'activate', project, '1')
    figures = bench.path('figures')
    app = bench.start(project, env={**SANITISERS, 'LAM_WATCHDOG': figures})
    app.wait('READY', seconds=300)
    app.key('2')
    rng = random.Random(5)
    start = time.monotonic()
    sizes, n_acts, last = [], 0, start
    while time.monotonic() - start < SECONDS:
        act(app, rng)
        n_acts += 1
        time.sleep(rng.uniform(0, 0.3))
        check(app.process.poll() is None, app.report('it ended'))
        if time.monotonic() - last >= REPORT_SECONDS:
            last = time.monotonic()
            look(app, sizes, start)
    look(app, sizes, start)
    app.quit()
    print('# ' + ', '.join(' '.join(line.split()) for line in open(figures)))
    for line in app.errors:
        print('# said: ' + line)
    check_leaks(app.errors)
    rows = bench.history(project)
    n_answers = sum(row['tool'] == 'model' for row in rows)
    print(f'# {n_acts} acts, {len(rows)} edits, {n_answers} of a network')
    check(bench.json('project', 'check', project)['clean'], 'it is damaged')
    third = max(sizes[:max(len(sizes) // 3, 1)])
    check(sizes[-1] <= third * GROWTH + SPARE_BYTES,
          f'{third / 1e6:.0f} MB became {sizes[-1] / 1e6:.0f} MB')


if __name__ == '__main__':
    driver.run([soaks])
