# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Files as a person meets them: dropped on the window, opened before, and
saved elsewhere when the disk is full."""
import contextlib
import os
import subprocess
import time

import driver
from driver import Skip, check


@contextlib.contextmanager
def drag_source(app, path, x, y):
    """A window of another program at x, y that a file can be dragged out of."""
    program = os.path.join(os.path.dirname(os.path.dirname(app.program)),
                           'tests', 'drag-source')
    other = subprocess.Popen([program, path])
    try:
        app.xdo('search', '--sync', '--onlyvisible', '--name', 'Drag source',
                'windowmove', '--sync', x, y)
        yield
    finally:
        other.terminate()
        other.wait()


def drop(app, path, to):
    """Drags the file from the corner of the screen to a point of the window."""
    width, height = map(int, driver.SCREEN.split('x'))
    x, y = width - 90, height - 90
    with drag_source(app, path, x, y):
        time.sleep(1)
        words = ['mousemove', x + 40, y + 40, 'sleep', '0.2', 'mousedown', 1]
        for i in range(1, 11):
            words += ['mousemove', round(x + 40 + (to[0] - x - 40) * i / 10),
                      round(y + 40 + (to[1] - y - 40) * i / 10), 'sleep', '0.1']
        app.xdo(*words, 'sleep', '0.5', 'mouseup', 1)
        line = app.wait('READY', 'OPEN-FAILED')
    return line


def opens_what_is_dropped(bench):
    project = bench.project()
    other = bench.project('64,64,8', 'other')
    app = bench.start()
    app.find('open_button')
    check(drop(app, project, (700, 450)) == 'READY', 'on the welcome page')
    app.find('160 × 128 × 24 voxels of 10 × 10 × 40 nm')
    # And in place of what is open, on a pane.
    check(drop(app, other, app.panes['xy'].middle()) == 'READY', 'on a pane')
    app.find('64 × 64 × 8 voxels of 10 × 10 × 40 nm')
    bad = bench.path('bad.tif')
    open(bad, 'w').close()
    line = drop(app, bad, app.panes['xy'].middle())
    check(line.startswith('OPEN-FAILED') and 'bad.tif' in line, line)
    app.quit(by_signal=True)


def remembers_what_was_open(bench):
    for name in ('one', 'two'):
        app = bench.start(bench.project('64,64,8', name))
        app.wait('READY')
        app.quit()
    app = bench.start()
    app.find('open_button')
    bench.shot('recent')
    app.press('one.lamella')
    app.wait('READY')
    # The menu beside “Open” has them, too.
    button = app.find('open_button')
    app.click(button.x + button.width - 8, button.middle()[1])
    bench.shot('recent-menu')
    app.press('two.lamella')
    app.wait('READY')
    app.quit()
    # What is gone from the disk is not offered.
    os.remove(bench.path('one.lamella'))
    app = bench.start()
    app.find('two.lamella')
    check(not any(w.text == 'one.lamella' for w in app.widgets()), 'it is gone')
    app.quit(by_signal=True)


def does_not_wait_for_a_dead_disk(bench):
    """One that never answers, as a network's that is down."""
    dead = bench.path('dead')
    os.mkdir(dead)
    image = bench.volume('64,64,8', 'alive')
    bench.cli('project', 'create', image)
    paths = [os.path.join(dead, f'{name}.lamella') for name in ('one', 'two')]
    for path in [paths[0], bench.path('alive.lamella'), paths[1]]:
        if path in paths:
            bench.cli('project', 'create', image, '-o', path)
        app = bench.start(path)
        app.wait('READY')
        app.quit()
    library = os.path.join(os.path.dirname(os.path.dirname(app.program)),
                           'tests', 'libdead-disk.so')
    said, figures = bench.path('said'), bench.path('figures')
    app = bench.start(env={
        'LD_PRELOAD': library, 'LAM_DEAD_DISK': dead, 'LAM_DEAD_SAID': said,
        'LAM_WATCHDOG': figures})
    app.find('alive.lamella')
    bench.shot('recent-dead-disk')
    texts = [w.text for w in app.widgets()]
    check('one.lamella' not in texts and 'two.lamella' not in texts,
          'nothing is known of those')
    app.press('alive.lamella')
    app.wait('READY')
    app.quit()
    with open(said) as file:
        check(sorted(file.read().split()) == sorted(paths),
              'each was asked for, and once')
    with open(figures) as file:
        longest = max(float(line.split()[1]) for line in file
                      if line.startswith(('all-max', 'open-max')))
    check(longest < 5000, f'a round took {longest} ms')


@contextlib.contextmanager
def small_disk(folder):
    os.makedirs(folder)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder],
                      stderr=subprocess.DEVNULL).returncode:
        raise Skip('no tmpfs can be mounted')
    try:
        yield
    finally:
        subprocess.run(['umount', '-l', folder], check=True)


def fill(path):
    with open(path, 'wb', buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def saves_a_copy_from_the_banner(bench):
    image = bench.volume()
    small, copy = bench.path('small'), bench.path('copy.lamella')
    with small_disk(small):
        project = os.path.join(small, 'full.lamella')
        bench.cli('project', 'create', image, '-o', project)
        app = bench.start(project)
        app.wait('READY')
        app.key('2')
        app.wait('CLASS 2')
        app.stroke('xy', [(20, 10), (120, 10)])
        top = app.panes['xy'].y
        fill(os.path.join(small, 'ballast'))
        pane = app.panes['xy']
        # The banner moves the panes while this goes on: by turns of two classes,
        # so that a stroke over others changes something all the same.
        for v in range(20, 110, 10):
            number = str(1 + v // 10 % 2)
            app.key(number)
            app.wait('CLASS ' + number)
            app.drag([pane.at(20, v), pane.at(60 + v / 2, v - 3), pane.at(130, v)])
        app.wait('SAVE-FAILED')
        app.find('Not saved')
        bench.shot('banner')
        app.press('Save a copy to…')
        app.save_file(copy)
        app.find('Saved')
        app.gone('Save a copy to…')
        app.find('copy.lamella')
        bench.shot('banner-gone')
        # It goes on with the copy, where the banner's room is the panes' again.
        while app.panes['xy'].y != top:
            app.wait('PANE xy')
        app.focus()
        app.wait_until_still()
        app.stroke('xy', [(20, 120), (120, 120)])
        app.quit(by_signal=True)
        check(len(bench.history(project)) < 10, 'the full disk has not all')
    edits = bench.history(copy)
    check(len(edits) == 11 and not any(row['undone'] for row in edits), edits)
    bench.cli('project', 'check', copy)


driver.run([
    opens_what_is_dropped,
    remembers_what_was_open,
    does_not_wait_for_a_dead_disk,
    saves_a_copy_from_the_banner,
])
