# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Labels beneath their groups: the list as a tree, by pointer and keys. What
came of it is read from the project file after the program has ended."""
import json
import subprocess
import time

import driver
from driver import Unanswered, check
from panels import rows


def groups_of(project):
    return [row[0] for row in
            rows(project, 'select in_group from label where not deleted'
                 ' order by id')]


def make_project(bench, groups):
    """A label of one stroke for each group, '' for none."""
    project = bench.project('96,96,16')
    strokes = ''.join(json.dumps({
        'tool': 'brush', 'class': 2, 'plane': 'xy', 'slice': 8,
        'radius_nm': 40, 'depth': 1,
        'points': [[20, 12 + 10 * n], [60, 12 + 10 * n]]}) + '\n'
        for n in range(len(groups)))
    subprocess.run([bench.cli_program, 'paint', project], input=strokes,
                   text=True, check=True, stdout=subprocess.DEVNULL)
    for n, group in enumerate(groups, 1):
        if group:
            bench.cli('labels', 'set', project, n, '--group', group)
    return project


def begin(bench, *groups):
    project = make_project(bench, groups)
    app = bench.start(project)
    app.wait('READY')
    return project, app


def list_of(app):
    """What the rows of the list say, from the first on; groups with a mark."""
    found = app.widgets()
    folds = {w.y for w in found if w.id == 'fold'}
    names = [w for w in found if w.type == 'LamLabelRow' and w.id == 'name']
    return [('>' if w.y in folds else '') + w.text
            for w in sorted(names, key=lambda w: w.y)]


def wait_list(app, *expected):
    for _ in range(200):
        shown = list_of(app)
        if shown == list(expected):
            return
        time.sleep(0.04)
    raise Unanswered(app.report(f'{shown} instead of {expected}'))


def of_row(app, text, part):
    """The part of the row that says `text`."""
    y = app.find(text, until=lambda w: w.type == 'LamLabelRow').y
    return next(w for w in app.widgets()
                if w.type == 'LamLabelRow' and w.id == part
                and abs(w.y - y) < 4)


def press_row(app, text, part='name', **how):
    app.click(*of_row(app, text, part).middle(), **how)


M = 'mitochondrion '


def shows_a_tree(bench):
    project, app = begin(bench, 'cells/left', 'cells/left', 'cells', '')
    wait_list(app, M + '1', M + '2', M + '3', M + '4')
    app.press('as_groups')
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    # As many and as large as the labels are together.
    app.find('note', nth=0, until=lambda w: w.text.startswith('3 · ')
             and not w.text.endswith('–'))
    bench.shot('groups')
    check(of_row(app, 'left', 'note').text.startswith('2 · '), 'left')
    # By the arrow, and by a double click, which does not go anywhere.
    press_row(app, 'left', 'fold')
    wait_list(app, '>cells', '>left', M + '3', M + '4')
    bench.shot('groups-folded')
    app.double_click(*of_row(app, 'cells', 'name').middle())
    wait_list(app, '>cells', M + '4')
    # What is picked in a view is shown, whatever hides it.
    app.key('shift+i')
    app.wait('TOOL pick')
    app.click(*app.panes['xy'].at(40, 12))
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    # By keys: to the group around it, folded, and back to the plain list.
    press_row(app, M + '3')
    app.find('4 labels')
    app.key('Left')
    app.find('3 selected')
    app.key('Left')
    wait_list(app, '>cells', M + '4')
    app.key('Right')
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    press_row(app, 'left', 'fold')
    wait_list(app, '>cells', '>left', M + '3', M + '4')
    app.key('alt+shift+g')
    wait_list(app, M + '1', M + '2', M + '3', M + '4')
    app.quit(by_signal=True)
    # Folded it stays.
    app = bench.start(project)
    app.wait('READY')
    app.press('as_groups')
    wait_list(app, '>cells', '>left', M + '3', M + '4')
    app.quit(by_signal=True)


def finds_in_the_tree(bench):
    _, app = begin(bench, 'cells/left', 'cells/left', 'cells', '')
    app.press('as_groups')
    press_row(app, 'left', 'fold')
    wait_list(app, '>cells', '>left', M + '3', M + '4')
    app.key('ctrl+f')
    app.type('2')
    wait_list(app, '>cells', '>left', M + '2')
    note = of_row(app, 'cells', 'note')
    check(note.text.startswith('1 of 3 · '), note)
    bench.shot('groups-found')
    # What is selected is what is found.
    press_row(app, 'cells')
    app.find('1 selected')
    app.key('alt+4')
    app.wait('SAVED')
    app.find('1 flagged')
    app.press('search')
    app.xdo('key', 'ctrl+a', 'BackSpace')
    wait_list(app, '>cells', '>left', M + '3', M + '4')
    app.quit(by_signal=True)


def acts_on_groups(bench):
    project, app = begin(bench, 'cells/left', 'cells/left', 'cells', '')
    app.press('as_groups')
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    # The state of all in it, and the lock by its button.
    press_row(app, 'cells')
    app.find('3 selected')
    app.key('alt+3')
    app.wait('SAVED')
    app.find('3 of 4 completed')
    press_row(app, 'left', 'lock')
    app.wait('SAVED')
    app.find('lock', nth=1, until=lambda w: w.text.startswith('Unlock'))
    press_row(app, 'left', button=3)
    app.find('Move to a Group…')
    bench.shot('group-menu')
    app.press('Unlock')
    app.wait('SAVED')
    app.gone('Move to a Group…')
    press_row(app, 'left')
    app.find('2 selected')
    app.key('alt+1')
    app.wait('SAVED')
    # Deleted only when it is agreed to.
    app.key('Delete')
    app.find('Delete 2 Labels?')
    bench.shot('group-delete')
    app.key('Escape')
    app.gone('Delete 2 Labels?')
    app.focus()
    app.key('Delete')
    app.find('Delete 2 Labels?')
    app.press_away('Delete', 'Delete 2 Labels?')
    app.wait('SAVED')
    app.focus()
    wait_list(app, '>cells', M + '3', M + '4')
    app.key('ctrl+z')
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    app.quit(by_signal=True)
    found = rows(project, 'select state, locked, deleted from label order by id')
    check(found == [(0, 0, 0), (0, 0, 0), (2, 0, 0), (1, 0, 0)], found)


def arranges_groups(bench):
    project, app = begin(bench, 'cells/left', 'cells/left', 'cells', '')
    app.press('as_groups')
    wait_list(app, '>cells', '>left', M + '1', M + '2', M + '3', M + '4')
    # Another name, in its place.
    press_row(app, 'left')
    app.find('2 selected')
    app.key('F2')
    app.find('LamNameCell')
    app.xdo('key', 'ctrl+a')
    app.type('right')
    app.xdo('key', 'Return')
    app.wait('SAVED')
    wait_list(app, '>cells', '>right', M + '1', M + '2', M + '3', M + '4')
    app.find('2 selected')
    # A new one in it, which is empty.
    app.key('ctrl+alt+g')
    app.find('LamGroupDialog')
    app.enter('name', 'far')
    bench.shot('group-new')
    app.press_away('accept', 'LamGroupDialog')
    app.focus()
    wait_list(app, '>cells', '>right', '>far', M + '1', M + '2', M + '3',
              M + '4')
    # The group to the top, by the dialog that labels have.
    press_row(app, 'right')
    app.find('2 selected')
    app.key('alt+g')
    app.find('LamGroupDialog')
    bench.shot('group-move')
    app.press_away('accept', 'LamGroupDialog')
    app.focus()
    wait_list(app, '>cells', M + '3', '>right', '>far', M + '1', M + '2',
              M + '4')
    # A label into the empty one.
    press_row(app, M + '4')
    app.find('4 labels')
    app.key('alt+g')
    app.find('LamGroupDialog')
    app.press_away('right/far', 'LamGroupDialog')
    app.focus()
    wait_list(app, '>cells', M + '3', '>right', '>far', M + '4', M + '1',
              M + '2')
    bench.shot('groups-arranged')
    # Removed by its menu, from the keyboard; its labels stay.
    press_row(app, 'right')
    app.find('3 selected')
    app.key('shift+F10')
    app.find('Remove Group, Keep Labels')
    app.xdo('key', 'e')
    wait_list(app, '>cells', M + '3', '>far', M + '4', M + '1', M + '2')
    app.focus()
    app.key('ctrl+z')
    wait_list(app, '>cells', M + '3', '>far', '>right', '>far', M + '4',
              M + '1', M + '2')
    app.quit(by_signal=True)
    found = groups_of(project)
    check(found == ['right', 'right', 'cells', 'right/far'], found)


def drag_row(app, text, to):
    """Slowly, as a hand does: the drag begins on the way."""
    x, y = of_row(app, text, 'name').middle()
    u, v = to
    points = [(x + (u - x) * n / 12, y + (v - y) * n / 12) for n in range(13)]
    words = ['mousemove', round(x), round(y), 'sleep', '0.2', 'mousedown', 1]
    for px, py in points:
        words += ['mousemove', round(px), round(py), 'sleep', '0.05']
    app.forget()
    app.xdo(*words, 'sleep', '0.3', 'mouseup', 1)


def drags_into_groups(bench):
    project, app = begin(bench, 'cells/left', 'cells', 'done', '')
    app.press('as_groups')
    wait_list(app, '>cells', '>left', M + '1', M + '2', '>done', M + '3',
              M + '4')
    drag_row(app, M + '4', of_row(app, 'done', 'name').middle())
    wait_list(app, '>cells', '>left', M + '1', M + '2', '>done', M + '3',
              M + '4')
    app.wait('SAVED')
    # A group into another, by a label that is in that one.
    drag_row(app, 'left', of_row(app, M + '3', 'name').middle())
    wait_list(app, '>cells', M + '2', '>done', '>left', M + '1', M + '3',
              M + '4')
    # Into itself it cannot go, which is said.
    drag_row(app, 'done', of_row(app, 'left', 'name').middle())
    app.find('The group “done” cannot go into itself')
    # Out of all groups.
    last = of_row(app, M + '4', 'name')
    drag_row(app, M + '2', (last.x + 20, last.y + 100))
    wait_list(app, '>done', '>left', M + '1', M + '3', M + '4', M + '2')
    bench.shot('groups-dragged')
    app.quit(by_signal=True)
    found = groups_of(project)
    check(found == ['done/left', '', 'done', 'done'], found)


driver.run([
    shows_a_tree,
    finds_in_the_tree,
    acts_on_groups,
    arranges_groups,
    drags_into_groups,
])
