# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A file that takes long to open: the window stays free meanwhile, what was open
can be worked on, and the person can think better of it."""
import os
import subprocess
import time

import driver
from driver import check
from slow_volume import write_slow


def hand(app, path):
    """Opens a file in the program that runs, as from a file manager."""
    app.forget()
    subprocess.run([app.program, path], check=True)


def says_what_is_opened(bench):
    app = bench.start(write_slow(bench.path('slow.tif')))
    app.wait('OPENING')
    app.find('Opening slow.tif')
    time.sleep(0.5)
    bench.shot('opening-page')
    app.press('Cancel')
    app.wait('OPEN-CANCELLED')
    app.find('welcome')
    app.gone('Opening slow.tif')
    app.quit()


def what_is_open_can_be_worked_on(bench):
    slow, other = write_slow(bench.path('slow.tif')), bench.project('64,64,8', 'other')
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('2')
    app.wait('CLASS 2')
    hand(app, slow)
    app.wait('OPENING-SHOWN')
    app.find('Opening slow.tif')
    app.wait_until_still(0.3)
    bench.shot('opening-bar')
    app.stroke('xy', [(20, 40), (120, 40)])
    # Escape belongs to the open stroke first.
    pane = app.panes['xy']
    x, y = pane.at(30, 70)
    app.xdo('mousemove', round(x), round(y), 'mousedown', 1, 'mousemove',
            round(x) + 60, round(y), 'sleep', '0.2', 'key', 'Escape', 'sleep',
            '0.2', 'mouseup', 1)
    app.find('Opening slow.tif')
    app.stroke('xy', [(20, 100), (120, 100)])
    # The file that was asked for last is the one that comes.
    hand(app, other)
    app.wait(f'OPEN-CANCELLED {slow}')
    app.wait(f'OPENED {other}')
    app.wait('READY')
    app.gone('Opening slow.tif')
    hand(app, slow)
    app.wait('OPENING-SHOWN')
    app.press('Cancel')
    app.wait(f'OPEN-CANCELLED {slow}')
    app.gone('Opening slow.tif')
    app.find('64 × 64 × 8 voxels of 10 × 10 × 40 nm')
    # What is open already is not opened again beside itself.
    hand(app, bench.path('other.tif'))
    app.find('This project is open already.')
    app.quit()
    check([row['tool'] for row in bench.history(project)] == ['brush'] * 2,
          'both strokes, and not the one that was taken back')


def start_on_slow_disk(bench, project, v):
    """With a stroke, in row v, that takes some time to be on the disk, and another file
    that waits for that."""
    library = os.path.join(os.path.dirname(os.path.dirname(bench.program)),
                           'tests', 'libdead-disk.so')
    app = bench.start(project, env={'LD_PRELOAD': library, 'LAM_SLOW_DISK': '1'})
    app.wait('READY', seconds=60)
    app.key('2')
    app.wait('CLASS 2')
    x, y = app.panes['xy'].at(30, v)
    app.xdo('mousemove', round(x), round(y), 'mousedown', 1, 'mousemove',
            round(x) + 60, round(y), 'sleep', '0.2', 'mouseup', 1)
    hand(app, bench.volume('64,64,8', 'second'))
    app.wait('OPENING')
    time.sleep(1)
    return app


def closes_while_it_closes(bench):
    """What is open is being saved to make room for another file: the window is
    closed, or a third file is wanted."""
    project, third = bench.project(), bench.volume('64,64,12', 'third')
    app = start_on_slow_disk(bench, project, 40)
    app.quit()
    check([row['tool'] for row in bench.history(project)] == ['brush'],
          'the stroke is saved')
    app = start_on_slow_disk(bench, project, 90)
    hand(app, third)
    line = app.wait('OPENED', seconds=60)
    check(line == f'OPENED {third}', line)
    app.wait('READY')
    app.find('64 × 64 × 12 voxels of 10 × 10 × 40 nm')
    app.quit()
    check([row['tool'] for row in bench.history(project)] == ['brush'] * 2,
          'both strokes are saved')


def closes_meanwhile(bench):
    slow, project = write_slow(bench.path('slow.tif')), bench.project()
    app = bench.start(project)
    app.wait('READY')
    hand(app, slow)
    app.wait('OPENING-SHOWN')
    start = time.monotonic()
    app.quit()
    took = time.monotonic() - start
    check(took < 10, f'closed after {took:.1f} s')
    app = bench.start(slow)
    app.wait('OPENING')
    app.quit()


def asks_again_for_the_same_project(bench):
    """The worker whose answer is no longer wanted does not keep the project
    from being written."""
    slow = write_slow(bench.path('slow.tif'), 15000)
    bench.cli('project', 'create', slow, '--voxel-size', '10,10,40')
    project = bench.path('slow.lamella')
    app = bench.start()
    app.find('welcome')
    for _ in range(3):
        hand(app, project)
        app.wait('OPENING')
        time.sleep(0.3)
        app.key('Escape')
        hand(app, project)
    app.wait(f'OPENED {project}')
    app.wait('READY')
    notices = [line for line in app.log if line.startswith('NOTICE')]
    check(not notices, str(notices))
    app.quit(by_signal=True)


def finds_an_image_meanwhile(bench):
    slow = write_slow(bench.path('slow.tif'), 12000)
    bench.cli('project', 'create', slow, '--voxel-size', '10,10,40')
    moved = bench.path('moved.tif')
    os.rename(slow, moved)
    wrong = bench.volume('64,64,8', 'wrong')
    app = bench.start(bench.path('slow.lamella'))
    app.wait('NOTICE')
    app.press_until('Find image…', 'GtkFileChooserDialog')
    app.choose_file(wrong)
    line = app.wait('OPEN-FAILED')
    check('64 × 64 × 8' in line, line)
    app.press_away('Close', 'This is not the project\'s image')
    app.press_until('Find image…', 'GtkFileChooserDialog')
    app.choose_file(moved)
    app.wait('OPENING-SHOWN')
    app.find('Opening moved.tif')
    app.press('Cancel')
    app.wait(f'OPEN-CANCELLED {moved}')
    app.press_until('Find image…', 'GtkFileChooserDialog')
    app.choose_file(moved)
    app.wait(f'IMAGE-FOUND {moved}')
    app.gone('Find image…')
    app.quit(by_signal=True)


driver.run([
    says_what_is_opened, what_is_open_can_be_worked_on,
    closes_meanwhile, closes_while_it_closes, asks_again_for_the_same_project,
    finds_an_image_meanwhile,
])
