# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Tools that act on whole shapes, with real keys and pointer: lasso, polygon,
fill, interpolation with its preview, and the acts of the panel."""
import collections
import json
import sqlite3
import subprocess

import driver
from driver import check


def begin(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    app.key('3')
    app.wait('CLASS')
    return project, app


def act(app):
    """How many voxels an act changed, once it is on disk."""
    line = app.wait('ACT')
    check(line.split()[1].isdigit(), app.report(line))
    return int(line.split()[1])


def take(app, key, tool):
    app.key(key)
    check(app.wait('TOOL').split()[1] == tool, tool)


def ring(app, points):
    pane = app.panes['xy']
    path = []
    for a, b in zip(points, points[1:] + points[:1]):
        path += [pane.at(a[0] + (b[0] - a[0]) * i / 8,
                         a[1] + (b[1] - a[1]) * i / 8) for i in range(8)]
    return path + [pane.at(*points[0])]


SQUARE = [(20, 20), (60, 20), (60, 60), (20, 60)]


def draws_and_interpolates(bench):
    project, app = begin(bench)
    take(app, 'l', 'lasso')
    app.drag(ring(app, SQUARE))
    check(abs(act(app) - 1600) < 100, 'a square of 40²')
    app.key('Page_Down')
    app.wait('DRAWN')
    app.key('comma', 'comma', 'comma', 'comma')
    app.wait('DRAWN')
    app.drag(ring(app, [(30, 30), (60, 30), (60, 60), (30, 60)]))
    check(abs(act(app) - 900) < 80, 'a square of 30²')
    # What is between is shown, though not in this slice, then done.
    app.key('v')
    app.wait('MESSAGE Outlined in z')
    app.wait('PREVIEW')
    app.key('comma', 'comma')
    app.wait('DRAWN')
    bench.shot('shapes-preview')
    app.key('Return')
    n = act(app)
    check(2 * 900 < n < 2 * 1700, f'{n} voxels between the slices')
    bench.shot('shapes-interpolated')
    app.key('ctrl+z')
    app.wait('DRAWN')
    # Once more, and left by Escape.
    app.key('v')
    app.wait('PREVIEW')
    app.key('Escape')
    app.key('Return')
    app.wait('WORD')
    app.quit()


def interpolates_several(bench):
    """The gaps of two chosen labels, along x in the pane of the pointer, by
    one act that one undo takes back."""
    project = bench.project('96,96,16')
    paint = ''.join(json.dumps({
        'tool': 'brush', 'class': 1, 'label': label, 'plane': 'yz',
        'slice': x, 'radius_nm': 60, 'depth': 1, 'points': [[z, y]]}) + '\n'
        for label, x, y, z in (('new', 20, 20.5, 8.5), (1, 30, 20.5, 8.5),
                               ('new', 40, 70.5, 8.5), (2, 50, 70.5, 8.5)))
    subprocess.run([bench.cli_program, 'paint', project], input=paint,
                   text=True, check=True, stdout=subprocess.DEVNULL)
    before = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    app.click(*app.find('cell 1').middle())
    app.click(*app.find('cell 2').middle(), held='ctrl')
    app.find('2 selected')
    app.move(*app.panes['yz'].middle())
    app.key('v')
    app.wait('PREVIEW')
    bench.shot('shapes-several')
    app.key('Return')
    n = act(app)
    one = bench.history(project)[1]['voxels']
    check(n == 18 * one, f'{n} voxels, of slices of {one}')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit()
    check(bench.hash(project) == before, 'undone')


def open_shape_panel(app):
    """On a small screen it takes the place of the other side, and the views
    change theirs."""
    if app.find('right_button').state != 'on':
        app.press('right_button')
    app.press('Shape')
    app.find('Make each piece a label')
    app.wait_until_still()
    return app.panes['xy']


def polygon_and_fill(bench):
    project, app = begin(bench)
    take(app, 'p', 'polygon')
    pane = app.panes['xy']
    for u, v in ((20, 20), (60, 20), (60, 60), (20, 60), (90, 90)):
        app.click(*pane.at(u, v))
        app.wait('DRAWN')
    app.key('BackSpace')
    app.wait('DRAWN')
    app.drag([pane.at(60, 60), pane.at(70, 65), pane.at(80, 70)])
    app.wait('DRAWN')
    bench.shot('shapes-polygon')
    app.key('Return')
    n = act(app)
    check(abs(n - (1600 + 40 * 20 // 2 + 40 * 10 // 2)) < 120, f'{n} voxels')
    take(app, 'shift+g', 'fill-space')
    app.key('c')
    app.click(*pane.at(90, 80))
    check(act(app) == 96 * 96 * 16 - n, 'all else')
    take(app, 'g', 'fill')
    app.click(*pane.at(90, 80))
    check(app.wait('ACT') == 'ACT refused', 'it is so already')
    for key in ('ctrl+Up', 'ctrl+shift+Down', 's'):
        app.key('i')
        app.key(key)
        act(app)
    pane = open_shape_panel(app)
    bench.shot('shapes-panel')
    # The same, shown before it is done, and with another radius.
    app.press('Show first')
    app.key('ctrl+Up')
    app.wait('PREVIEW')
    app.enter('radius', '60\t')
    app.wait('PREVIEW')
    app.wait_until_still()
    bench.shot('shapes-grow-preview')
    app.move(*pane.at(50, 50))
    app.key('Return')
    check(act(app) > 100, 'it is done')
    app.press('Show first')
    app.quit()
    tools = [row['tool'] for row in bench.history(project)]
    for tool in ('outline', 'fill', 'grow', 'shrink', 'smooth'):
        check(tool in tools, f'{tool} in {tools}')


def joins_pieces(bench):
    """Three dabs in a row and one behind a locked wall: by the key two bridges
    and a word on what stays; shown first and with a thicker bridge; by the
    menu of the label."""
    project = bench.project('96,96,16')
    nm = bench.json('project', 'info', project)['image']['voxel_size_nm'][0]
    dabs = [(1, [(15.5, 30.5)]), (1, [(40.5, 30.5)]), (1, [(65.5, 30.5)]),
            (1, [(50.5, 85.5)]), (2, [(2.5, 60.5), (93.5, 60.5)])]
    text = ''.join(json.dumps({
        'tool': 'brush', 'class': 2, 'label': 'new' if i in (0, 4) else label,
        'plane': 'xy', 'slice': 8, 'radius_nm': 5 * nm, 'depth': 1,
        'points': points}) + '\n' for i, (label, points) in enumerate(dabs))
    subprocess.run([bench.cli_program, 'paint', project], input=text, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    before = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    app.move(*pane.at(40, 30))
    app.key('i')
    take(app, 'g', 'fill')
    pane = open_shape_panel(app)
    bench.shot('shapes-join-panel')
    app.move(*pane.at(40, 30))
    app.key('alt+k')
    n = act(app)
    said = app.wait('SAID')
    check('3 bridges join all pieces of label 1' in said, said)
    app.wait_until_still()
    bench.shot('shapes-joined')
    app.key('ctrl+z')
    app.wait('DRAWN')
    # Shown first; a thicker one; then done.
    app.press('Show first')
    app.move(*pane.at(40, 30))
    app.key('alt+k')
    app.wait('PREVIEW')
    app.wait('SAID')
    app.enter('radius', f'{4 * nm}\t')
    app.wait('PREVIEW')
    app.wait_until_still()
    bench.shot('shapes-join-preview')
    app.move(*pane.at(40, 30))
    app.key('Return')
    check(act(app) > 1.5 * n, 'thicker')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.press('Show first')
    # The menu of the label in a view.
    app.click(*pane.at(15, 30), button=3)
    app.press('Join its pieces by bridges')
    check(act(app) > n, 'by the menu')
    app.wait_until_still()
    app.focus()
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit()
    check(bench.hash(project) == before, 'undone')


def dab_pieces(bench, project):
    """In slice 1, of label 1: a disc with a thin tail, two that nearly touch
    and a small one; and of label 2 another."""
    nm = bench.json('project', 'info', project)['image']['voxel_size_nm'][0]
    strokes = [(1, 10, [(25.5, 25.5)]), (1, 1, [(25.5, 25.5), (60.5, 25.5)]),
               (1, 5, [(25.5, 70.5)]), (1, 5, [(37.5, 70.5)]),
               (1, 3, [(70.5, 70.5)]), (2, 6, [(80.5, 30.5)])]
    text = ''.join(json.dumps({
        'tool': 'brush', 'class': 2, 'label': 'new' if i in (0, 5) else label,
        'plane': 'xy', 'slice': 1, 'radius_nm': radius * nm, 'depth': 1,
        'points': points}) + '\n'
        for i, (label, radius, points) in enumerate(strokes))
    subprocess.run([bench.cli_program, 'paint', project], input=text, text=True,
                   check=True, stdout=subprocess.DEVNULL)


def count_voxels(bench, project):
    """Of each label, as they are exported."""
    path = bench.path('labels.tif')
    bench.cli('labels', 'export', '--dtype', 'uint8', '-f', project, path)
    counts = collections.Counter()
    for z in range(16):
        counts.update(pixel[0] for pixel in driver.read_pixels(
            'convert', f'{path}[{z}]', '-depth', '8', 'rgb:-'))
    del counts[0]
    return counts


def mends_pieces(bench, project, app):
    """What the panel does with the pieces of a label, and what is in the
    project after."""
    pane = app.panes['xy']
    app.move(*pane.at(25, 25))
    app.key('i')
    # Of the rows, each with a button and a text of that name.
    opening, closing, largest, small = 6, 8, 12, 14
    app.wheel(*app.find('On').middle(), -20)
    app.wait_until_still()
    app.press('Slice', nth=opening)
    tail = act(app)
    check(70 < tail < 120, f'{tail} voxels of a tail of 25 x 3')
    app.press('Slice', nth=closing)
    gap = act(app)
    check(4 < gap < 60, f'{gap} voxels between two discs')
    take(app, 'm', 'merge')
    app.drag([pane.at(25, 25), pane.at(60, 28), pane.at(80, 30)])
    merged = act(app)
    check(100 < merged < 130, f'{merged} voxels of the other label')
    app.key('period')
    app.wait('DRAWN')
    app.key('shift+v')
    copied = act(app)
    app.key('comma')
    app.wait('DRAWN')
    app.press('Slice', nth=small)
    dropped = act(app)
    check(15 < dropped < 35, f'{dropped} voxels of the small piece')
    app.press('Slice', nth=largest)
    others = act(app)
    app.wheel(*app.find('Slice', nth=largest).middle(), 20)
    app.press('Make each piece a label')
    check(act(app) == others + dropped, 'those pieces are in the next slice')
    return copied, others, dropped, merged


def draws_out(bench):
    """Through as many slices as the panel says, to both sides; the history
    says how many. Then pieces."""
    project = bench.project('96,96,16')
    dab_pieces(bench, project)
    app = bench.start(project)
    app.wait('READY')
    app.key('3')
    app.wait('CLASS')
    take(app, 'l', 'lasso')
    app.drag(ring(app, SQUARE))
    n = act(app)
    pane = open_shape_panel(app)
    # On a small screen it is below what is seen.
    app.wheel(*app.find('Grow').middle(), 20)
    app.wait_until_still()
    app.enter('slices', '3\t')
    bench.shot('shapes-draw-out')
    app.move(*pane.at(40, 40))
    app.key('alt+v')
    check(act(app) == 3 * n, 'through three slices')
    app.enter('slices', '2\t')
    app.move(*pane.at(40, 40))
    app.key('alt+shift+v')
    check(act(app) == 2 * n, 'through two slices before')
    # Shown first, it follows the number.
    app.press('Show first')
    app.key('period', 'period', 'period')
    app.wait('DRAWN')
    app.press('On')
    app.wait('PREVIEW')
    app.enter('slices', '1\t')
    app.wait('PREVIEW')
    app.move(*pane.at(40, 40))
    app.key('Return')
    check(act(app) == n, 'through one')
    app.press('Show first')
    app.key(*['comma'] * 10)
    app.wait_until_still()
    copied, others, dropped, merged = mends_pieces(bench, project, app)
    app.quit()
    said = [row['detail'] for row in bench.history(project)
            if row['tool'] == 'extrude']
    check(said == ['1 slice on', '2 slices back', '3 slices on'], said)
    tools = [row['tool'] for row in bench.history(project)[:7]]
    check(tools == ['separate', 'keep-largest', 'drop-small', 'copy-slice',
                    'merge', 'close', 'open'], tools)
    counts = count_voxels(bench, project)
    main = copied - others - dropped
    check(counts.pop(1) == 2 * main and counts.pop(2, 0) == 0
          and counts.pop(3) == 7 * n, counts)
    check(sorted(counts.values()) == sorted(
        [dropped, merged, others - merged]), f'{counts} of the pieces')


def cuts_at_necks(bench):
    """Two balls that touch: by the key they are two labels, and one again by
    undo; shown first, the count of parts follows how narrow a neck is."""
    project = bench.project('96,96,16')
    text = ''.join(json.dumps({
        'tool': 'brush', 'class': 2, 'label': 1 if i else 'new', 'plane': 'xy',
        'slice': 8 + z, 'radius_nm': (150 ** 2 - (40 * z) ** 2) ** 0.5,
        'depth': 1, 'points': [[x, 45.5]]}) + '\n'
        for i, (x, z) in enumerate((x, z) for z in range(-3, 4)
                                   for x in (30.5, 56.5)))
    subprocess.run([bench.cli_program, 'paint', project], input=text, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    before = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    app.move(*pane.at(30, 45))
    app.key('i')
    take(app, 'g', 'fill')
    pane = open_shape_panel(app)
    app.press('Show first')
    app.move(*pane.at(30, 45))
    app.key('alt+shift+k')
    app.wait('PREVIEW')
    said = app.wait('SAID')
    check('Label 1 in 2 parts' in said, said)
    app.wait_until_still()
    bench.shot('shapes-necks-preview')
    app.enter('neck', '95\t')
    check(app.wait('ACT') == 'ACT refused', 'no neck so narrow')
    app.enter('neck', '35\t')
    app.press('Show first')
    app.move(*pane.at(30, 45))
    app.key('Escape')
    app.key('alt+shift+k')
    n = act(app)
    check(3000 < n < 3700, f'{n} voxels of one of the two')
    app.wait_until_still()
    bench.shot('shapes-necks')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit()
    check(bench.hash(project) == before, 'undone')
    tools = [row['tool'] for row in bench.history(project)]
    check(tools.count('cut-necks') == 1, tools)


def is_written(widget):
    return widget.type == 'GtkText'


def draws_a_region(bench):
    """A box in one view, its depth in another, a name; then it is verified."""
    project, app = begin(bench)
    take(app, 'shift+x', 'region')
    pane = app.panes['xy']
    app.drag([pane.at(*at) for at in ((20, 30), (40, 40), (69.5, 79.5))])
    pane = app.panes['xz']
    app.drag([pane.at(*at) for at in ((40, 4.5), (40, 7), (40, 10.5))])
    bench.shot('shapes-region')
    app.key('Return')
    app.find('New Region')
    app.enter('note', 'dark, at the edge')
    bench.shot('shapes-new-region')
    app.press('accept')
    app.wait('REGION')
    app.focus()
    # Its edge, in the view, and then by numbers.
    pane = app.panes['xy']
    app.drag([pane.at(*at) for at in ((69.9, 50), (65, 52), (60, 50))])
    app.wait('SAVED')
    bench.shot('shapes-region-edge')
    app.key('ctrl+shift+r')
    check(app.wait('REGIONS') == 'REGIONS 1', 'one region')
    app.press('Region 1')
    app.enter('Voxels along x, y, z', '0, 3, 3')
    app.key('Return')
    app.find('A box is at least one voxel long in each direction.')
    app.xdo('key', 'Escape')
    app.gone('A box is at least one voxel long in each direction.')
    app.focus('Regions$')
    app.enter('Voxels along x, y, z', '55, 50, 9')
    app.key('Return')
    app.wait('SAVED')
    bench.shot('shapes-region-numbers')
    app.press('Review')
    app.press('Verified')
    app.wait('SAVED')
    app.find('Verified')
    check('dark, at the edge' in
          bench.json('region', 'list', project)[0]['note'], 'it is kept')
    app.enter('Note', 'torn')
    app.key('Return')
    app.wait('REGIONS')
    bench.shot('shapes-regions')
    # What is not kept is not left in the row, either.
    app.enter('Name', ' ')
    app.xdo('key', 'BackSpace')
    app.key('Return')
    app.find('A region needs a name.')
    app.xdo('key', 'Escape')
    app.gone('A region needs a name.')
    app.find('Region 1', until=is_written)
    app.focus('Regions$')
    # What is being written stays while the region changes.
    app.enter('Name', 'Half')
    app.focus()
    app.key('ctrl+z')
    app.wait('REGIONS')
    app.find('Half', until=is_written)
    app.focus('Regions$')
    app.key('Return')
    app.wait('SAVED')
    # Another that is drawn stays when the first is changed.
    app.focus()
    pane = app.panes['xy']
    app.drag([pane.at(*at) for at in ((90, 90), (100, 100), (110, 110))])
    app.key('ctrl+z')
    app.wait('REGIONS')
    app.key('ctrl+shift+z')
    app.wait('REGIONS')
    app.focus()
    app.key('Return')
    app.find('New Region')
    app.xdo('key', 'Escape')
    app.gone('New Region')
    app.quit(by_signal=True)
    region, = bench.json('region', 'list', project)
    check(region['state'] == 'verified', region)
    check(region['name'] == 'Half', region)
    check(region['note'] == 'dark, at the edge', region)
    # A pixel is about a quarter of a voxel: it may be the one beside.
    for i, wanted in ((0, 20), (1, 30), (3, 75), (4, 80)):
        check(abs(region['box'][i] - wanted) <= 1, region)
    check(region['box'][5] - region['box'][2] == 9, region)
    boxes = [row for row in bench.history(project) if row['tool'] == 'region']
    check(len(boxes) >= 6, boxes)


def keeps_words_about_a_region(bench):
    """They need no Enter: neither the window nor the project closes without
    them, nor with one that is refused."""
    project = bench.project('96,96,16')
    bench.cli('region', 'add', project, 'left', '-b', '0,0,0,48,96,16')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+r')
    app.wait('REGIONS')
    app.press('left')
    app.enter('Name', 'half')
    app.xdo('key', 'Escape')
    app.gone('Name')
    app.focus()
    app.key('ctrl+shift+r')
    app.wait('REGIONS')
    app.press('half')
    app.enter('Name', ' ')
    app.xdo('key', 'BackSpace')
    app.enter('Note', 'torn')
    app.find('torn', until=is_written)
    app.focus()
    app.press_close()
    app.wait('NOT-WRITTEN')
    app.find('A region needs a name.')
    bench.shot('shapes-region-not-kept')
    app.xdo('key', 'Escape')
    app.gone('A region needs a name.')
    app.focus('Regions$')
    app.type('third')
    app.find('third', until=is_written)
    app.focus()
    app.press_close()
    app.process.wait(20)
    app.check_quiet()
    region, = bench.json('region', 'list', project)
    check((region['name'], region['note']) == ('third', 'torn'), region)


def says_why_a_region_is_kept(bench):
    """A role that nobody knows: it is listed, and mended by a person."""
    project = bench.project('96,96,16')
    bench.cli('region', 'add', project, 'left', '-b', '0,0,0,48,96,16')
    with sqlite3.connect(project) as file:
        file.execute('update region set role = 9')
    file.close()
    check('unknown role 9' in bench.json('region', 'list', project)[0]['damage'],
          'it is told')
    app = bench.start(project)
    app.wait('READY')
    app.find('Some of This Project Is Damaged')
    app.xdo('key', 'Escape')
    app.gone('Some of This Project Is Damaged')
    app.focus()
    app.key('ctrl+shift+r')
    app.wait('REGIONS')
    app.find('damaged: unknown role 9. It counts as verified until you say '
             'anew what it is · 48 × 96 × 16 voxels at 0, 0, 0')
    bench.shot('shapes-region-damaged')
    app.press('left')
    app.press('Review')
    app.press('In progress')
    app.wait('SAVED')
    app.quit(by_signal=True)
    region, = bench.json('region', 'list', project)
    check(region['state'] == 'in progress' and 'damage' not in region, region)


def splits_and_follows_greys(bench):
    project, app = begin(bench)
    app.key('3')
    app.wait('CLASS')
    take(app, 'l', 'lasso')
    app.drag(ring(app, [(10, 40), (86, 40), (86, 60), (10, 60)]))
    n = act(app)
    take(app, 'k', 'split')
    pane = app.panes['xy']
    app.drag([pane.at(15, 45), pane.at(15, 50), pane.at(15, 55)])
    app.wait('DRAWN')
    app.drag([pane.at(80, 45), pane.at(80, 50), pane.at(80, 55)], button=3)
    app.wait('PREVIEW')
    app.wait('DRAWN')
    bench.shot('shapes-split')
    app.key('Return')
    check(abs(act(app) - n / 2) < n / 8, 'about half of it is new')
    # The brush that keeps to the greys where its first stroke begins.
    app.key('c')
    take(app, 't', 'threshold')
    app.drag([pane.at(30, 20), pane.at(34, 22), pane.at(38, 24)])
    low, high = map(float, app.wait('GREYS').split()[1:])
    check(low < high, f'{low} to {high}')
    check(act(app) > 10, 'greys were painted')
    app.move(*pane.at(70, 20))
    app.key('shift+t')
    other = app.wait('GREYS')
    check(other.split()[1:] != [f'{low:g}', f'{high:g}'], other)
    # The brush whose dabs stop at membranes.
    app.key('c')
    take(app, 'shift+e', 'membrane')
    app.drag([pane.at(30, 80), pane.at(34, 82), pane.at(38, 84)])
    check(act(app) > 10, 'it painted up to borders')
    # What scribbles mean: inside, then with Shift outside.
    app.key('c')
    take(app, 'j', 'smart-fill')
    app.drag([pane.at(40, 20), pane.at(44, 20), pane.at(48, 20)])
    app.wait('PREVIEW')
    app.drag([pane.at(70, 10), pane.at(70, 20), pane.at(70, 30)], button=3)
    app.wait('PREVIEW')
    app.wait('DRAWN')
    bench.shot('shapes-smart-fill')
    app.key('Return')
    check(act(app) > 10, 'what was proposed is filled')
    # Outlines of the slice before, over the next.
    app.key('period')
    app.wait('DRAWN')
    app.key('shift+a')
    app.wait('DRAWN')
    bench.shot('shapes-ghosts')
    app.quit()
    tools = [row['tool'] for row in bench.history(project)]
    check(tools[:4] == ['smart-fill', 'membrane', 'threshold', 'split'], tools)


def gives_slivers_away(bench):
    """A bar, and beside its middle a strip that is so near that the cut
    takes it for a part of the bar: what it leaves of it is offered."""
    project = bench.project('256,160,24')
    row = bench.json('project', 'info', project)
    nm = row['image']['voxel_size_nm'][0]
    strokes = [
        (0, 10, [(30.5, 100.5), (220.5, 100.5)]),
        (0, 3, [(85.5, 115.5), (165.5, 115.5)]),
        (23, 3, [(20.5, 20.5)])]
    text = ''.join(json.dumps({
        'tool': 'brush', 'class': 2, 'label': 1 if i else 'new', 'plane': 'xy',
        'slice': z, 'radius_nm': radius * nm, 'points': points}) + '\n'
        for i, (z, radius, points) in enumerate(strokes))
    subprocess.run([bench.cli_program, 'paint', project], input=text, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    app = bench.start(project)
    app.wait('READY')
    app.wheel(*app.panes['xy'].at(125, 100), -12)
    app.wait('DRAWN')
    take(app, 'k', 'split')
    pane = app.panes['xy']
    app.drag([pane.at(118, 93), pane.at(118, 100), pane.at(118, 108)])
    app.wait('DRAWN')
    app.drag([pane.at(132, 93), pane.at(132, 100), pane.at(132, 108)], button=3)
    app.wait('PREVIEW')
    said = app.wait('SAID')
    check('Shift+Enter' in said, said)
    app.wait_until_still()
    bench.shot('shapes-slivers')
    app.key('Return')
    cut = act(app)
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.drag([pane.at(118, 93), pane.at(118, 100), pane.at(118, 108)])
    app.wait('DRAWN')
    app.drag([pane.at(132, 93), pane.at(132, 100), pane.at(132, 108)], button=3)
    app.wait('PREVIEW')
    app.key('shift+Return')
    mended = act(app)
    app.wait_until_still()
    bench.shot('shapes-slivers-given')
    check(200 < cut - mended < 400, f'{cut} voxels, {mended} with what was '
          'offered: the strip is to be whole again')
    app.quit()


if __name__ == '__main__':
    driver.run([draws_and_interpolates, interpolates_several, polygon_and_fill,
                joins_pieces, cuts_at_necks, draws_out, draws_a_region,
                keeps_words_about_a_region, says_why_a_region_is_kept,
                splits_and_follows_greys, gives_slivers_away])
