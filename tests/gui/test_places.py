# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The queue of likely errors: keys go from place to place, the images follow,
and what is said or painted is in the project."""
import os
import sys

import driver
from driver import check

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'cli'))
from common import write_stack  # noqa: E402

WIDTH, HEIGHT, DEPTH = 160, 128, 12
# Where specks lie in a cell that is all around them, and their edges: the
# largest first, as the queue has them.
SPECKS = ((20, 20, 4, 5), (100, 30, 6, 4), (60, 90, 5, 3))


def klass(x, y, z):
    return 2 if any(u <= x < u + edge and v <= y < v + edge and w <= z < w + 2
                    for u, v, w, edge in SPECKS) else 1


def project_with_specks(bench):
    project = bench.project(f'{WIDTH},{HEIGHT},{DEPTH}')
    stack = bench.path('classes.tif')
    write_stack(stack, WIDTH, HEIGHT,
                [bytes(klass(x, y, z) for y in range(HEIGHT)
                       for x in range(WIDTH)) for z in range(DEPTH)])
    bench.cli('labels', 'import', project, stack, '--as', 'classes')
    return project


def line_of(speck):
    u, v, w, edge = SPECKS[speck]
    return f'PLACE tiny {u} {v} {w} {u + edge} {v + edge} {w + 2}'


def check_seen(app, speck):
    """All three slices show the place, closer than the whole volume."""
    app.wait('DRAWN')
    u, v, w, edge = SPECKS[speck]
    for plane, a, b in (('xy', u, v), ('xz', u, w), ('yz', w, v)):
        pane = app.panes[plane]
        middle = (pane.left + pane.right) / 2, (pane.top + pane.bottom) / 2
        check(abs(middle[0] - a) <= edge and abs(middle[1] - b) <= edge,
              f'{plane}: {middle} is not at {a}, {b}')
        check(pane.voxels_per_px < 0.35, pane.voxels_per_px)


def goes_through_the_queue(bench):
    project = project_with_specks(bench)
    app = bench.start(project)
    app.wait('READY')
    check(app.panes['xy'].voxels_per_px > 0.35, 'all of it at first')
    app.key('y')
    app.find('Go to a likely error first, by N.')
    app.key('n')
    app.wait(line_of(0))
    check_seen(app, 0)
    app.find('A speck of mitochondrion: 50 voxels on their own')
    app.find('0 of 3 places looked at · 0 % of the volume verified')
    bench.shot('places-first')
    # A note, without the mouse: its letters are no keys of the program.
    app.key('shift+u')
    app.find('LamPlaceNote')
    app.type('y or n?')
    app.key('Return')
    app.wait('PLACE-NOTE y or n?')
    app.find('progress', until=lambda w: w.text.startswith(
        '“y or n?” · Kept as unsure, for your note; Shift+U and no text'))
    bench.shot('places-noted')
    app.wait('PLACES 1 2')
    app.key('y')
    app.wait('VERDICT verified')
    app.wait(line_of(1))
    check_seen(app, 1)
    app.key('shift+u')
    app.type('never mind')
    bench.shot('places-writing')
    app.key('Escape')
    app.gone('LamPlaceNote')
    app.find('progress', until=lambda w: w.text.startswith('1 of 3 places'))
    app.key('u')
    app.wait('VERDICT unsure')
    app.wait(line_of(2))
    check_seen(app, 2)
    # Painting there is an answer.
    app.key('b')
    app.wait('TOOL')
    app.key('1')
    app.wait('CLASS')
    app.stroke('xy', [(61.5, 91.5), (62, 92)])
    app.wait('PLACES 3 0')
    app.find('progress', until=lambda w: w.text.startswith('You corrected it'))
    app.key('n')
    app.find('You have looked at every likely error')
    # Back, and another opinion.
    app.key('shift+n')
    app.wait(line_of(2))
    app.key('shift+n')
    app.wait(line_of(1))
    app.find('progress', until=lambda w: w.text.startswith('You were unsure'))
    bench.shot('places-back')
    app.key('shift+y')
    app.wait('VERDICT none')
    app.wait('PLACES 2 1')
    app.press('Looks right')
    app.wait('VERDICT verified')
    app.press('close_places')
    app.wait('PLACES closed')
    app.gone('Looks right')
    app.focus()
    app.quit()
    said = bench.json('queue', 'verdicts', project)
    check(sorted((row['verdict'], row['box'][0]) for row in said) == [
        ('corrected', 60), ('verified', 20), ('verified', 100)], said)
    check(sorted(row['note'] for row in said) == ['', '', 'y or n?'], said)
    check(bench.json('queue', 'list', project) == [], 'nothing is left')


def keeps_the_note_that_is_written(bench):
    """Whatever one does meanwhile; and it does not go with the window."""
    project = project_with_specks(bench)
    app = bench.start(project)
    app.wait('READY')
    app.key('n')
    app.wait(line_of(0))
    app.key('shift+u')
    app.find('LamPlaceNote')
    app.type('half a ')
    app.key('Tab')
    app.key('shift+u')
    app.type('word')
    app.find('half a word')
    app.press_close()
    app.process.wait(20)
    app.check_quiet()
    said, = bench.json('queue', 'verdicts', project)
    check(said['note'] == 'half a word', said)


def undoes_a_correction(bench):
    project = project_with_specks(bench)
    app = bench.start(project)
    app.wait('READY')
    app.key('n')
    app.wait(line_of(0))
    app.wait('DRAWN')
    app.key('b')
    app.wait('TOOL')
    app.key('1')
    app.wait('CLASS')
    app.stroke('xy', [(21.5, 21.5), (22, 22)])
    app.wait('PLACES 1 2')
    app.key('ctrl+z')
    app.wait('PLACES 0 3')
    app.quit()
    check(bench.json('queue', 'verdicts', project) == [], 'taken back')
    check(len(bench.json('queue', 'list', project)) == 3, 'all three again')


def says_what_to_do(bench):
    """Where nothing is labelled; and with an image alone the keys do nothing.
    """
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    app.key('n')
    app.find('There is nothing to look at yet')
    app.find('progress', until=lambda w: 'import labels (Ctrl+I)' in w.text)
    bench.shot('places-none')
    app.quit()
    image = bench.volume('96,96,16', name='alone')
    app = bench.start(image)
    app.wait('READY')
    app.key('n', 'y', 'u')
    app.find('Start Labelling…')
    check(not any(line.startswith(('PLACE', 'VERDICT')) for line in app.log),
          app.log)
    app.quit()


def fits_a_small_screen(bench):
    """Beside the guide too, whose text takes two lines then."""
    project = project_with_specks(bench)
    app = bench.start(project)
    app.wait('READY')
    app.xdo('search', '--onlyvisible', '--name', 'Lamella$', 'windowsize', 1024,
            640)
    app.find('right_button', until=lambda w: w.state != 'on')
    app.key('shift+F1')
    app.wait('GUIDE 1')
    app.key('n')
    app.wait(line_of(0))
    app.wait('GUIDE 3')
    app.key('y')
    app.wait('VERDICT')
    for name in ('close_places', 'close_guide'):
        close = app.find(name)
        check(0 < close.x and close.x + close.width <= 1024, close)
    check(app.find('open_button').x >= 0, 'the header bar')
    bench.shot('places-small')
    app.quit(by_signal=True)


driver.run([goes_through_the_queue, keeps_the_note_that_is_written,
            undoes_a_correction, says_what_to_do,
            fits_a_small_screen])
