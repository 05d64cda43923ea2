# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Tools used by keys alone: the pointer never moves. The window is opened as
anyone's, with nothing clicked before."""
import json
import subprocess

import driver
from driver import check


def begin(bench, size='96,80,24'):
    project = bench.project(size)
    app = bench.start(project)
    app.wait('READY')
    app.key('3')
    app.wait('CLASS')
    return project, app


def take(app, key, tool):
    app.key(key)
    check(app.wait('TOOL').split()[1] == tool, tool)


def pen(app, key, *state):
    app.key(key)
    line = app.wait('PEN').split()[1:]
    check(line == list(state), f'{line}, not {state}')


def act(app):
    line = app.wait('ACT')
    check(line.split()[1].isdigit(), app.report(line))
    return int(line.split()[1])


def labelled(bench, project):
    """The voxels with a label: of the made-up image they are few enough."""
    path = bench.path('labels.tif')
    bench.cli('labels', 'export', '--dtype', 'uint8', '-f', project, path)
    found = set()
    size = bench.json('info', path)['size']
    for z in range(size[2]):
        pixels = driver.read_pixels(
            'convert', f'{path}[{z}]', '-depth', '8', 'rgb:-')
        found |= {(i % size[0], i // size[0], z)
                  for i, pixel in enumerate(pixels) if any(pixel)}
    return found


def brush_in_xz(bench):
    """The same voxels as by the command line, in the pane that a key chose."""
    project, app = begin(bench)
    # 115 nm: no voxel's centre lies just on the brush's edge. The crosshair is
    # in the middle of 96 × 80 × 24.
    app.key('bracketright', 'bracketright', 'bracketright')
    pen(app, 'shift+f', 'up', 'xz')
    pen(app, 'z', 'down', 'xz')
    app.key('alt+Right', 'shift+Right', 'shift+Right')
    app.wait('DRAWN')
    app.key('shift+Down', 'shift+Down')
    app.wait_until_still()
    bench.shot('pen-down')
    app.key('z')
    app.wait('SAVED')
    bench.shot('pen-up')
    app.quit()
    drawn = labelled(bench, project)
    history = bench.history(project)
    check([row['tool'] for row in history] == ['brush'], history)
    check({y for _, y, _ in drawn} == {40}, 'one slice of xz')
    other = bench.project('96,80,24', 'other')
    stroke = {'tool': 'brush', 'class': 3, 'label': 'new', 'plane': 'xz',
              'slice': 40, 'radius_nm': 115, 'depth': 1,
              'points': [[48.5, 12.5], [60.5, 12.5], [60.5, 14.5]]}
    subprocess.run([bench.cli_program, 'paint', other],
                   input=json.dumps(stroke) + '\n', text=True, check=True,
                   stdout=subprocess.DEVNULL)
    meant = labelled(bench, other)
    check(drawn == meant and drawn,
          f'{len(drawn)} voxels, {len(drawn ^ meant)} otherwise of {len(meant)}')


def leaves_a_slice_and_takes_back(bench):
    """What leads away keeps the stroke, Escape does not; one undo each."""
    project, app = begin(bench)
    before = bench.hash(project)
    pen(app, 'z', 'down', 'xy')
    app.key('alt+Left')
    app.wait('DRAWN')
    app.key('period')
    check(app.wait('PEN') == 'PEN up xy', 'another slice lifts it')
    app.wait('SAVED')
    pen(app, 'z', 'down', 'xy')
    app.key('alt+Up')
    app.wait('DRAWN')
    app.key('Escape')
    check(app.wait('PEN') == 'PEN up xy', 'taken back')
    # With the eraser's end, over a part of the first stroke.
    app.key('comma')
    app.wait('DRAWN')
    app.key('alt+Down')
    app.wait('DRAWN')
    pen(app, 'shift+z', 'erases', 'xy')
    bench.shot('pen-erases')
    app.key('z')
    app.wait('SAVED')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.wait_until_still()
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.wait_until_still()
    app.quit()
    rows = [(row['tool'], row['undone']) for row in bench.history(project)]
    check(rows == [('eraser', True), ('brush', True)], rows)
    check(not labelled(bench, project), 'all is undone')
    check(before, 'there was something')


def fills(bench):
    """From a new window: the tool, then the pen; a click is all."""
    project, app = begin(bench)
    take(app, 'g', 'fill')
    app.key('z')
    check(act(app) == 96 * 80, 'the slice')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.wait_until_still()  # What was drawn may be the slice.
    pen(app, 'alt+f', 'up', 'yz')
    app.key('z')
    check(act(app) == 80 * 24, 'the slice of yz')
    bench.shot('pen-fills')
    app.quit()
    check({x for x, _, _ in labelled(bench, project)} == {48}, 'in yz')


def polygon(bench):
    project, app = begin(bench)
    take(app, 'p', 'polygon')
    app.key('z', 'alt+Right', 'alt+Right', 'z', 'alt+Down', 'alt+Down', 'z',
            'alt+Left', 'alt+Left', 'z')
    app.wait_until_still()
    bench.shot('pen-polygon')
    app.key('Return')
    check(abs(act(app) - 400) < 45, 'a square of 20²')
    app.quit()
    drawn = labelled(bench, project)
    check({z for _, _, z in drawn} == {12}, 'in the slice')
    check({(50, 42, 12), (66, 58, 12)} <= drawn, 'inside')
    check(not {(46, 42, 12), (70, 42, 12)} & drawn, 'outside')


def beside_the_pointer(bench):
    """The pointer may move while the pen is down; its press lifts the pen, and
    what both drew stays."""
    project, app = begin(bench)
    pen(app, 'z', 'down', 'xy')
    app.key('alt+Right')
    app.wait('DRAWN')
    pane = app.panes['yz']
    app.move(*pane.at(5, 20))
    app.move(*pane.at(8, 20))
    app.wait_until_still()
    check(not [line for line in app.log if line.startswith('PEN up')],
          'it stays down')
    app.drag([pane.at(5, 20), pane.at(8, 20), pane.at(10, 20)])
    check(app.wait('PEN') == 'PEN up xy', 'the press lifts it')
    app.wait('SAVED 2')
    app.quit()
    drawn = labelled(bench, project)
    check({(50, 40, 12), (57, 40, 12), (58, 20, 8)} <= drawn, 'both')


def enter_opens_nothing(bench):
    """The keys are the canvas's in a window that has just opened."""
    _, app = begin(bench)
    app.key('Return')
    app.wait('WORD', 'MESSAGE')
    check(not any(w.type == 'GtkFileChooserDialog' for w in app.widgets()),
          'no dialog')
    app.quit()


def interpolates_in_yz(bench):
    """What acts through slices does so across the pane that a key chose."""
    project, app = begin(bench)
    pen(app, 'alt+f', 'up', 'yz')
    app.key('z', 'z')
    app.wait('SAVED')
    app.key('period', 'period', 'period', 'period', 'period')
    app.wait('DRAWN')
    app.key('z', 'z')
    app.wait('SAVED')
    app.key('v')
    app.wait('PREVIEW')
    app.key('Return')
    act(app)
    app.quit()
    found = labelled(bench, project)
    check({x for x, _, _ in found} == set(range(48, 54)), 'along x')


if __name__ == '__main__':
    driver.run([brush_in_xz, leaves_a_slice_and_takes_back, fills, polygon,
                beside_the_pointer, enter_opens_nothing, interpolates_in_yz])
