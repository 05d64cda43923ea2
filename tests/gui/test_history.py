# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The history: listed by person, tool, place and time; gone back in; a region
taken back."""
import json
import sqlite3
import subprocess
import time

import driver
from driver import Unanswered, check
from panels import begin, paint


def lines(app, n):
    """Waits until the history lists so many edits."""
    end = time.monotonic() + 20
    while sum(w.type == 'LamHistoryLine' and w.height > 20
              for w in app.widgets()) != n:
        if time.monotonic() > end:
            raise Unanswered(app.report(f'not {n} edits'))
        time.sleep(0.05)


def choose(app, name, entry):
    """An entry of the list that drops down from that button, until the button
    says it. Without a window manager a list that has closed can go on holding
    the pointer; Escape ends that, as it closes one that is open."""
    def said(button, below):
        # A list that is not on the screen yet lies anywhere, but in the button.
        end = button.y + button.height
        return [w for w in app.widgets() if w.is_called(entry)
                and w.x >= button.x
                and (w.y > end if below else button.y < w.middle()[1] < end)]

    def until(button, below):
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if found := said(button, below):
                return found[-1]
            time.sleep(0.1)
        return None

    for _ in range(6):
        button = app.press(name)
        if found := until(button, below=True):
            time.sleep(0.2)
            app.click(*found.middle(), seconds=0.06)
            if until(button, below=False):
                return
        app.key('Escape')
    raise Unanswered(app.report(f'no “{entry}”'))


def in_line(app, nth, name):
    """The widget in the nth line of the history."""
    line = app.find('LamHistoryLine', nth=nth)
    return app.find(name, nth=0, until=lambda w: (
        line.y <= w.y < line.y + line.height))


def goes_back_in_the_history(bench):
    project, app = begin(bench)
    empty = bench.hash(project)
    paint(app, '2', 20)
    between = bench.hash(project)
    app.key('Page_Down')
    app.wait('DRAWN')
    paint(app, '3', 70)
    # What is said is about this stroke, not the one before.
    app.find('The next stroke begins a new object: alpha granule')
    app.press('History')
    line = app.find('LamHistoryLine', nth=1, until=lambda w: w.height > 20)
    bench.shot('history-two')
    # A click goes to where it was.
    app.find('xy    z 15 / 15')
    app.click(line.x + 60, line.middle()[1])
    app.find('xy    z 8 / 15')
    # Back to just after the first: asked for, and can be taken back.
    app.click(*in_line(app, 1, 'revert').middle())
    app.find('Go Back to Here?')
    bench.shot('history-revert')
    app.press_away('_Go Back', 'Go Back to Here?')
    app.focus()
    app.find('revert', nth=0, until=lambda w: 'Redo' in w.text)
    check(bench.hash(project) == between, 'only the first is left')
    bench.shot('history-reverted')
    app.click(*in_line(app, 0, 'revert').middle())
    app.find('Redo up to Here?')
    app.press_away('_Redo', 'Redo up to Here?')
    app.focus()
    app.find('revert', nth=1, until=lambda w: 'Redo' not in w.text)
    for n_undone in (1, 2):
        app.key('ctrl+z')
        app.find('revert', nth=n_undone - 1, until=lambda w: 'Redo' in w.text)
    app.quit(by_signal=True)
    check(bench.hash(project) == empty, 'nothing is left')


def takes_a_region_back(bench):
    """Some of the history is listed; a region becomes what it was, but for
    what is verified, and undo takes it back."""
    project = bench.project('96,96,16')
    paint = ''.join(json.dumps({
        'tool': tool, 'class': 1, 'label': 'new', 'plane': 'xy', 'slice': 8,
        'radius_nm': 100, 'depth': 1, 'points': [[x, 40.5]]}
        if tool == 'brush' else {
        'tool': tool, 'plane': 'xy', 'slice': 8, 'radius_nm': 100, 'depth': 1,
        'points': [[x, 40.5]]}) + '\n'
        for tool, x in (('brush', 20.5), ('brush', 70.5), ('eraser', 20.5),
                        ('eraser', 70.5)))
    subprocess.run([bench.cli_program, 'paint', project], input=paint,
                   text=True, check=True, stdout=subprocess.DEVNULL)
    bench.cli('region', 'add', project, 'left', '-b', '0,0,0,48,96,16')
    bench.cli('region', 'add', project, 'done', '-b', '0,0,0,20,96,16', '-s',
              'verified')
    before = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    app.press('History')
    app.press('choose')
    lines(app, 6)
    choose(app, 'by_tool', 'Eraser')
    lines(app, 2)
    choose(app, 'by_place', 'left')
    lines(app, 1)
    bench.shot('history-some')
    choose(app, 'by_tool', 'All tools')
    lines(app, 2)
    choose(app, 'by_time', 'Between…')
    app.enter('since', '2999-01-01')
    app.find('No edit is like that.')
    bench.shot('history-none')
    app.press_away('List All', 'No edit is like that.')
    lines(app, 6)
    choose(app, 'by_place', 'left')
    lines(app, 2)
    # Just after the first stroke, where the images then are.
    app.click_until(*in_line(app, 1, 'what').middle(), 'DRAWN')
    app.find('yz    x 20 / 95')
    app.click(*in_line(app, 1, 'restore').middle())
    n, kept = map(int, app.wait('RESTORE asks').split()[2:])
    check(n > 0 and kept > 0, (n, kept))
    app.find('Region “left”')
    bench.shot('restore')
    app.press('accept')
    check(app.wait('RESTORED') == f'RESTORED {n} {kept}', app.log[-1])
    app.focus()
    bench.shot('restored')
    row = bench.history(project)[0]
    check(row['tool'] == 'restore' and row['voxels'] == n, row)
    app.key('ctrl+z')
    app.find('revert', nth=0, until=lambda w: 'Redo' in w.text)
    app.quit(by_signal=True)
    check(bench.hash(project) == before, 'undone')


def says_what_cannot_be_counted(bench):
    """Of a region that is to be taken back: damage, and a box that is none."""
    project = bench.project('96,96,16')
    paint = ''.join(json.dumps({
        'tool': 'brush', 'class': 1, 'plane': 'xy', 'slice': 8,
        'radius_nm': 100, 'depth': 1, 'points': [[x, 40.5]]}) + '\n'
        for x in (20.5, 70.5))
    subprocess.run([bench.cli_program, 'paint', project], input=paint,
                   text=True, check=True, stdout=subprocess.DEVNULL)
    with sqlite3.connect(project) as base:
        base.execute('UPDATE edit_brick SET checksum = checksum + 1'
                     ' WHERE edit = (SELECT max (edit) FROM edit_brick)')
    base.close()
    app = bench.start(project)
    app.wait('READY')
    app.press('History')
    lines(app, 2)
    app.click_until(*in_line(app, 1, 'what').middle(), 'DRAWN')
    app.click(*in_line(app, 1, 'restore').middle())
    said = app.wait('RESTORE fails')
    check('checksum' in said, said)
    app.find('It could not be counted')
    app.find(said[len('RESTORE fails '):])
    bench.shot('restore-not-counted')
    app.find('accept', until=lambda w: w.state == 'off')
    app.find('spinner', until=lambda w: w.state == '-')
    app.press('where')
    app.press('A box…')
    app.wait('RESTORE fails')
    app.enter('first', '0, 0')
    app.find('There is no box to count in')
    app.find('spinner', until=lambda w: w.state == '-')
    bench.shot('restore-no-box')
    app.press('Cancel')
    app.gone('Take a Region Back')
    app.quit(by_signal=True)


driver.run([
    goes_back_in_the_history,
    takes_a_region_back,
    says_what_cannot_be_counted,
])
