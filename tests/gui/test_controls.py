# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""What stands beside the panes: panels and dialogs, by pointer and keys. What
came of it is read from the project file after the program has ended."""
import json
import os
import sqlite3
import subprocess
import sys
import time

import driver
from driver import check

sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'cli'))
from common import write_tiff  # noqa: E402


def rows(project, text):
    connection = sqlite3.connect(f'file:{project}?mode=ro', uri=True)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def settings(project):
    return dict(rows(project, 'select name, value from setting'))


def in_row(app, text, name):
    """The widget `name` in the row of a list that says `text`."""
    y = app.find(text).middle()[1]
    beside = [w for w in app.widgets()
              if w.is_called(name) and w.y <= y < w.y + w.height]
    check(beside, f'no {name} beside {text}')
    return beside[0]


def press_in_row(app, text, name):
    """A click so soon after a menu has gone can be lost; but one that was
    answered is not made again, as it would be undone."""
    before = in_row(app, text, name)
    app.click(*before.middle())
    if name == 'Colour':
        return
    for i in range(1, 400):
        if in_row(app, text, name).text != before.text:
            app.wait('SAVED')
            return
        if i % 100 == 0:
            app.click(*before.middle())
        time.sleep(0.05)
    check(False, app.report(f'{name} of {text} cannot be pressed'))


def in_line(app, nth, name):
    """The widget in the nth line of the history."""
    line = app.find('LamHistoryLine', nth=nth)
    return next(w for w in app.widgets()
                if w.id == name and line.y <= w.y < line.y + line.height)


def begin(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    return project, app


def adds_and_changes_classes(bench):
    project, app = begin(bench)
    app.press('add_button')
    app.find('New Class')
    bench.shot('class-dialog')
    app.enter('name', 'ribosome')
    app.press('accept')
    app.gone('New Class')
    # The new one is chosen; F2 renames it.
    app.press('ribosome')
    app.key('F2')
    app.xdo('key', 'ctrl+a')
    app.type('polysome')
    app.xdo('key', 'Return')
    app.wait('SAVED')
    app.find('polysome')
    app.press('cell', button=3)
    bench.shot('class-menu')
    app.press('Rename')
    app.find('GtkEntry')
    app.xdo('key', 'ctrl+a')
    app.type('platelet')
    app.xdo('key', 'Return')
    app.wait('SAVED')
    press_in_row(app, 'platelet', 'lock')
    press_in_row(app, 'mitochondrion', 'hide')
    press_in_row(app, 'alpha granule', 'Colour')
    bench.shot('class-colour')
    app.press('#2F7DE1')
    app.wait('SAVED')
    app.gone('#2F7DE1')
    app.key('7')
    app.wait('CLASS 7')
    app.quit()
    found = {row[0]: row[1:] for row in rows(
        project, 'select id, name, rgb, key, locked, hidden from class')}
    check(found[7][0] == 'polysome' and found[7][2] == 7, found)
    check(found[1][0] == 'platelet' and found[1][3] == 1, found)
    check(found[2][4] == 1, found)
    check(found[3][1] == 0x2f7de1, found)


def says_what_is_an_organelle(bench):
    """By the menu, by its keys, and in the dialog; undone as any change."""
    project, app = begin(bench)
    app.press('cell', button=3)
    app.find('Count as Organelle')
    bench.shot('organelle-menu')
    app.press('Count as Organelle')
    app.wait('SAVED')
    app.press('alpha granule')
    app.key('Menu')
    app.find('Do Not Count as Organelle')
    app.xdo('key', 'o')
    app.wait('SAVED')
    app.gone('Do Not Count as Organelle')
    app.press('mitochondrion', button=3)
    app.press('Do Not Count as Organelle')
    app.wait('SAVED')
    app.wait('DRAWN')
    app.focus()
    app.key('ctrl+z')
    app.wait('DRAWN')
    # The name says it, until the person does.
    app.press('add_button')
    app.find('New Class')
    app.enter('name', 'plasma membrane')
    bench.shot('organelle-dialog')
    app.press('accept')
    app.gone('New Class')
    app.quit()
    check(rows(project, 'select organelle from class order by id')
          == [(0,), (1,), (0,), (2,), (0,), (0,), (0,), (0,)], 'rows')
    found = {row['name']: row['is_organelle']
             for row in bench.json('class', 'list', project)}
    check([name for name, is_one in found.items() if not is_one]
          == ['background', 'alpha granule', 'plasma membrane'], found)


def keeps_a_name_that_is_written(bench):
    """The window is closed by its button while a name is written."""
    project, app = begin(bench)
    app.press('mitochondrion')
    app.key('F2')
    app.find('GtkEntry')
    app.xdo('key', 'ctrl+a')
    app.type('crista')
    app.find('crista')
    app.press_close()
    app.process.wait(20)
    app.check_quiet()
    check(rows(project, 'select name from class where id = 2') == [('crista',)],
          'the name is there')


def stays_open_for_a_name(bench):
    """A class needs one: the window does not close without it."""
    project, app = begin(bench)
    app.press('mitochondrion')
    app.key('F2')
    app.find('GtkEntry')
    app.xdo('key', 'ctrl+a')
    app.xdo('key', 'BackSpace')
    app.press_close()
    app.wait('MESSAGE A class needs a name.')
    app.wait('NOT-WRITTEN')
    bench.shot('class-name-missing')
    app.type('crista')
    app.find('crista')
    app.press_close()
    app.process.wait(20)
    app.check_quiet()
    check(rows(project, 'select name from class where id = 2') == [('crista',)],
          'the name is there')


def paint(app, key, v):
    """An object as a short line; its number."""
    app.key(key)
    app.wait(f'CLASS {key}')
    app.key('c')
    app.wait('MESSAGE')
    return app.stroke('xy', [(30, v), (60, v)])


def says_that_sizes_are_missing(bench):
    """A brick of the project is damaged: the labels cannot be measured."""
    project, app = begin(bench)
    paint(app, '2', 20)
    app.find('mitochondrion 1')
    check(not any(w.id == 'problem' for w in app.widgets()), 'nothing is wrong')
    app.quit()
    with sqlite3.connect(project) as base:
        base.execute("UPDATE brick SET data = x'00'")
    base.close()
    app = bench.start(project)
    app.wait('READY')
    app.find('problem')
    bench.shot('labels-not-measured')
    app.quit()


def finds_and_changes_labels(bench):
    project, app = begin(bench)
    for number, (key, v) in enumerate((('2', 20), ('2', 40), ('3', 60)), 1):
        paint(app, key, v)
        app.find(f'{"mitochondrion" if number < 3 else "alpha granule"} {number}')
    app.find('3 labels')
    # Ctrl adds one and takes it away, Shift goes up to one.
    app.press('mitochondrion 1')
    for held, name, what in (('ctrl', 'alpha granule 3', '2 selected'),
                             ('ctrl', 'alpha granule 3', '3 labels'),
                             ('shift', 'mitochondrion 1', '3 selected')):
        app.click(*app.find(name).middle(), held=held)
        app.find(what)
    app.press('mitochondrion 1', button=3)
    bench.shot('label-menu')
    app.press('Rename')
    app.find('GtkEntry')
    app.xdo('key', 'ctrl+a')
    app.type('torn')
    app.xdo('key', 'Return')
    app.wait('SAVED')
    app.gone('GtkEntry')
    press_in_row(app, 'torn', 'lock')
    press_in_row(app, 'mitochondrion 2', 'hide')
    # By a part of the name.
    app.key('ctrl+f')
    app.type('gran')
    app.gone('torn')
    app.find('alpha granule 3')
    bench.shot('label-search')
    app.xdo('key', 'ctrl+a', 'BackSpace')
    # By a class, whose name does not push the images aside.
    app.find('torn')
    before = app.find('filter').width, app.panes['xy'].x
    app.press('filter')
    app.press_away('alpha granule', 'torn')
    check((app.find('filter').width, app.panes['xy'].x) == before, 'as wide')
    # A double click goes there, from another slice.
    app.key('Page_Down')
    app.wait('DRAWN')
    app.double_click_until('xy    z 8 / 15', 'alpha granule 3')
    app.quit(by_signal=True)
    found = {row[0]: row[1:] for row in rows(
        project, 'select id, name, locked, hidden from label')}
    check(found == {1: ('torn', 1, 0), 2: ('', 0, 1), 3: ('', 0, 0)},
          found)


def isolates_and_merges_labels(bench):
    project, app = begin(bench)
    for number, v in enumerate((20, 40, 60), 1):
        paint(app, '2', v)
        app.find(f'mitochondrion {number}')
    app.press('mitochondrion 1')
    app.click(*app.find('mitochondrion 2').middle(), held='ctrl')
    app.find('2 selected')
    # Alone, and all again, by the key and by what says so.
    app.key('alt+i')
    app.find('Only 2 labels shown')
    bench.shot('labels-isolated')
    app.press('Only 2 labels shown')
    app.gone('Only 2 labels shown')
    app.press('mitochondrion 2', button=3)
    bench.shot('label-menu-several')
    app.press('Merge into This One…')
    app.find('Merge 1 Label into “mitochondrion 2”?')
    bench.shot('labels-merge')
    app.press_away('_Merge', 'Merge 1 Label into “mitochondrion 2”?')
    app.gone('mitochondrion 1')
    app.quit(by_signal=True)
    check(rows(project, 'select id from label where deleted = 0 order by id')
          == [(2,), (3,)], 'one less')


def lines(app, n):
    """Waits until the history lists so many edits."""
    end = time.monotonic() + 20
    while sum(w.type == 'LamHistoryLine' and w.height > 20
              for w in app.widgets()) != n:
        check(time.monotonic() < end, app.report(f'not {n} edits'))
        time.sleep(0.05)


def choose(app, name, entry):
    """An entry of the list that drops down from that button. Without a window
    manager a list that has closed can go on holding the pointer; Escape ends
    that, as it closes one that is open."""
    for _ in range(6):
        button = app.press(name)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            found = [w for w in app.widgets() if w.is_called(entry)
                     and w.x >= button.x and w.y > button.y + button.height]
            if found:
                time.sleep(0.2)
                return app.click(*found[-1].middle(), seconds=0.06)
            time.sleep(0.1)
        app.key('Escape')
    raise AssertionError(app.report(f'no “{entry}”'))


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


def choose_two(app):
    app.press('mitochondrion 3')
    app.find('3 labels')
    app.press('mitochondrion 1')
    app.click(*app.find('mitochondrion 2').middle(), held='ctrl')
    app.find('2 selected')


def says_how_far_labels_are(bench):
    project, app = begin(bench)
    for number, v in enumerate((20, 40, 60), 1):
        paint(app, '2', v)
        app.find(f'mitochondrion {number}')
    app.find('0 of 3 completed')
    # Two at once by the key.
    choose_two(app)
    app.key('alt+3')
    app.wait('SAVED')
    app.find('2 of 3 completed')
    app.press('mitochondrion 1', button=3)
    bench.shot('label-menu-states')
    app.press('Proofread')
    app.find('Verify')
    app.press('State')
    app.find('Flagged')
    bench.shot('label-menu-state')
    app.press('Flagged')
    app.wait('SAVED')
    app.find('2 flagged')
    bench.shot('labels-two-flagged')
    # A group, by the dialog.
    choose_two(app)
    app.key('alt+g')
    app.find('LamGroupDialog')
    app.enter('name', 'organelles/left')
    bench.shot('group-dialog')
    app.press_away('accept', 'LamGroupDialog')
    # Another one into the same, which is offered.
    app.focus()
    app.press('mitochondrion 3')
    app.find('3 labels')
    app.key('alt+g')
    app.find('organelles/left')
    bench.shot('group-dialog-offers')
    app.press_away('organelles/left', 'LamGroupDialog')
    # What is flagged is listed by the foot.
    app.focus()
    app.press('2 flagged')
    app.gone('mitochondrion 3')
    bench.shot('labels-flagged')
    app.key('ctrl+f')
    app.xdo('key', 'ctrl+a')
    app.type('group:left')
    app.find('mitochondrion 3')
    bench.shot('labels-of-group')
    app.xdo('key', 'ctrl+a', 'BackSpace')
    app.press('mitochondrion 3')
    app.find('3 labels')
    app.key('alt+y')
    app.wait('SAVED')
    app.find('1 of 3 completed')
    bench.shot('labels-verified')
    app.quit(by_signal=True)
    found = rows(project, 'select state, in_group from label order by id')
    check(found == [(n, 'organelles/left') for n in (3, 3, 2)], found)
    check(rows(project, "select count(*) from edit where tool = 'verify'")
          == [(1,)], 'verified')


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


def finds_one_of_2000_labels(bench):
    image, stack = bench.volume('320,320,20'), bench.path('many.tif')
    # 45 × 45 squares of a number each, up to 2000, in one slice.
    numbers = [(y // 7) * 45 + x // 7 + 1 for y in range(315) for x in range(315)]
    write_tiff(stack, 315, 315, [n if n <= 2000 else 0 for n in numbers], 2)
    project = bench.cli('project', 'create', image).strip()
    bench.cli('labels', 'import', project, stack, '--class', 'mitochondrion',
              '--offset', '2,2,5')
    app = bench.start(project)
    app.wait('READY')
    app.find('2000 labels')
    app.wheel(*app.find('mitochondrion 5').middle(), 30)
    app.gone('mitochondrion 5')
    bench.shot('2000-labels')
    app.key('ctrl+f')
    app.type('1999')
    app.find('1 label')
    app.xdo('key', 'Return')
    # Row 44, column 18 of the squares.
    app.find('xy    z 5 / 19')
    app.find('yz    x 131 / 319')
    app.find('xz    y 313 / 319')
    app.xdo('key', 'ctrl+a', 'BackSpace')
    app.find('2000 labels')
    # The list follows to the one that is being painted with.
    app.find('mitochondrion 1999')
    bench.shot('2000-labels-found')
    app.quit(by_signal=True)


def deletes_a_label(bench):
    project, app = begin(bench)
    paint(app, '2', 20)
    # By the button instead of its key: the next stroke is another object.
    app.press('new_button')
    app.wait('MESSAGE The next stroke begins a new object')
    app.stroke('xy', [(30, 60), (60, 60)])
    app.press('mitochondrion 1', button=3)
    app.press('Delete…')
    app.find('Delete “mitochondrion 1”?')
    bench.shot('label-delete')
    app.press_away('_Delete', 'Delete “mitochondrion 1”?')
    app.gone('mitochondrion 1')
    app.find('1 label')
    app.quit(by_signal=True)
    check(rows(project, 'select id from label where not deleted')
          == [(2,)], 'the other is left')


def changes_how_the_image_looks(bench):
    project, app = begin(bench)
    paint(app, '2', 20)
    app.press('Image')
    app.find('histogram')
    app.key('Home')
    x, y = app.panes['xy'].at(70.5, 70.5)
    before = bench.pixel(x, y)
    app.enter('low', '0')
    app.xdo('key', 'Tab')
    app.wait('DRAWN')
    app.enter('high', '1')
    app.xdo('key', 'Tab')
    app.wait('DRAWN')
    check(becomes(bench, (x, y), lambda p: p == (255, 255, 255)),
          'white from 1 on')
    app.press('auto_button')
    app.wait('DRAWN')
    bench.shot('image-panel')
    check(becomes(bench, (x, y), lambda p: p == before), 'as it was opened')
    app.press('invert')
    app.wait('DRAWN')
    inverse = bench.pixel(x, y)
    check(all(abs(a + b - 255) <= 2 for a, b in zip(before, inverse)),
          f'{before} {inverse}')
    app.press('invert')
    app.press('interpolate')
    app.wait('DRAWN')
    # Over the label: weaker, then nothing but the image.
    x, y = app.panes['xy'].at(45.5, 20.5)
    red, green, blue = bench.pixel(x, y)
    check(blue - red > 30, f'coloured: {red} {green} {blue}')
    scale = app.find('fill_scale')
    app.click(scale.x + 12, scale.middle()[1])
    app.wait('DRAWN')
    app.drag([scale.middle(), (scale.x + 2, scale.middle()[1])])
    app.wait('DRAWN')
    app.key('o')
    app.wait('DRAWN')
    app.key('a')
    app.wait('DRAWN')
    bar = app.find('histogram')
    app.drag([(bar.x + bar.width - 3, bar.y + 20), (bar.x + bar.width / 2, bar.y + 20)])
    app.wait('DRAWN')
    bench.shot('image-panel-changed')
    app.quit()
    kept = {name.removeprefix('display.'): float(value)
            for name, value in settings(project).items()
            if name.startswith('display.')}
    check(kept['interpolate'] == 1 and kept['invert'] == 0
          and abs(kept['label-opacity'] - 0.1) < 1e-6
          and kept['outline-opacity'] == 0 and kept['low'] > 0
          and kept['high'] < 40000, kept)


def becomes(bench, at, is_wanted):
    """Whether the screen's pixel does within a while: a frame that was drawn
    may still be the one before."""
    end = time.monotonic() + 10
    while not is_wanted(bench.pixel(*at)):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def holds_tab_to_see_the_image(bench):
    project, app = begin(bench)
    paint(app, '2', 20)
    app.move(*app.panes['xy'].at(80, 80))
    app.find('Saved')
    at = app.panes['xy'].at(45.5, 20.5)
    check(becomes(bench, at, lambda p: len(set(p)) > 1), 'the label has a colour')
    app.xdo('keydown', 'Tab')
    check(becomes(bench, at, lambda p: len(set(p)) == 1), 'grey while Tab is held')
    app.xdo('keyup', 'Tab')
    check(becomes(bench, at, lambda p: len(set(p)) > 1), 'back')
    app.quit()


def one_side_gives_way(bench):
    """Where both do not fit beside the images, none lies over them."""
    project, app = begin(bench)
    app.xdo('search', '--onlyvisible', '--name', 'Lamella$', 'windowsize', 1024,
            640)
    app.find('right_button', until=lambda w: w.state != 'on')
    app.press('right_button')
    app.find('left_button', until=lambda w: w.state != 'on')
    side = app.find('LamBrushPanel', until=lambda w: w.x > 640)
    area = app.find('pane_yz')
    check(area.x + area.width <= side.x, f'{area} {side}')
    app.press('left_button')
    app.find('right_button', until=lambda w: w.state != 'on')
    app.quit(by_signal=True)


def goes_to_a_position(bench):
    project, app = begin(bench)
    app.key('ctrl+g')
    app.find('Go to Position')
    app.enter('place', '10, 20, 3')
    bench.shot('goto')
    app.key('Return')
    app.gone('Go to Position')
    app.find('xy    z 3 / 15')
    app.find('yz    x 10 / 95')
    app.quit(by_signal=True)


def sets_the_voxel_size(bench):
    project, app = begin(bench)
    app.press('Main menu (F10)')
    bench.shot('menu')
    app.press('Voxel Size…')
    app.find('Voxel Size')
    app.enter('x', '8')
    app.enter('z', '24')
    app.press('accept')
    app.wait('DRAWN')
    app.find('96 × 96 × 16 voxels of 8 × 8 × 24 nm')
    app.quit(by_signal=True)


def asks_for_the_channel(bench):
    path = bench.path('colour.tif')
    subprocess.run(['convert', '-size', '64x48', 'xc:rgb(10,200,90)', path],
                   check=True)
    app = bench.start(path)
    app.wait('NEEDS-CHANNEL')
    app.find('Choose a Channel')
    bench.shot('channel')
    app.press('Channel 2')
    app.press('accept')
    app.wait('READY')
    app.quit(by_signal=True)


def bind(app, title, key):
    """In the list of keys: another one for that row."""
    app.enter('search', title)
    app.gone('Next slice')
    app.press(title)
    app.find('Press the new keys…')
    app.key(key)
    app.gone('Press the new keys…')


def binds_other_keys(bench):
    project, app = begin(bench)
    app.key('ctrl+comma')
    app.press('Keyboard shortcuts')
    app.find('LamKeysDialog')
    app.type('crosshair on')
    app.gone('Next slice')
    app.press('Crosshair on or off')
    app.find('Press the new keys…')
    app.key('a')
    app.find('A Is Taken')
    bench.shot('keys-swap')
    app.press('_Swap')
    app.gone('A Is Taken')
    bench.shot('keys')
    app.focus('Keyboard Shortcuts')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus('Preferences')
    app.key('Escape')
    app.gone('AdwPreferencesWindow')
    app.focus()
    app.press('Image')
    check(app.find('show_crosshair').state == 'on', 'a crosshair')
    app.key('a')
    app.find('show_crosshair', until=lambda w: w.state != 'on')
    # Tooltips say the new keys, within a text as well as behind it.
    app.find('Classes and labels (F9)')
    app.find('New object of the chosen class (C)')
    app.key('F1')
    app.find('LamKeysDialog')
    bind(app, 'Classes and labels', 'F8')
    bind(app, 'New object of the same class', 'F6')
    bind(app, 'Undo', 'F7')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    app.find('Classes and labels (F8)')
    app.find('New object of the chosen class (F6)')
    app.find('Undo (F7)')
    # From its search, Escape first shows every row again, then closes.
    app.key('F1')
    app.find('LamKeysDialog')
    app.enter('search', 'no such key')
    app.find('Nothing Found')
    app.key('Escape')
    app.gone('Nothing Found')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    # F1 lists them; all are set back.
    app.key('F1')
    app.find('LamKeysDialog')
    bench.shot('shortcuts')
    app.press('reset_all')
    app.find('reset_all', until=lambda w: w.state == 'off')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    app.key('h')
    app.find('show_crosshair', until=lambda w: w.state == 'on')
    app.quit()


driver.run([
    adds_and_changes_classes,
    says_what_is_an_organelle,
    keeps_a_name_that_is_written,
    stays_open_for_a_name,
    finds_and_changes_labels,
    says_that_sizes_are_missing,
    finds_one_of_2000_labels,
    deletes_a_label,
    isolates_and_merges_labels,
    says_how_far_labels_are,
    goes_back_in_the_history,
    takes_a_region_back,
    says_what_cannot_be_counted,
    changes_how_the_image_looks,
    holds_tab_to_see_the_image,
    one_side_gives_way,
    goes_to_a_position,
    sets_the_voxel_size,
    asks_for_the_channel,
    binds_other_keys,
])
