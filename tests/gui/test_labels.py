# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The lists of classes and labels, by pointer and keys. What came of it is read
from the project file after the program has ended."""
import os
import sqlite3
import sys

import driver
from driver import check
from panels import begin, paint, press_in_row, rows

sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'cli'))
from common import write_tiff  # noqa: E402


def adds_and_changes_classes(bench):
    project, app = begin(bench)
    app.press('add_button')
    app.find('New Class')
    bench.shot('class-dialog')
    app.enter('name', 'ribosome')
    app.press('cuts')
    app.enter('relief', '20')
    app.press('unit')
    app.press('nm³')
    bench.shot('class-dialog-cuts')
    app.enter('smallest', '5000')
    app.xdo('key', 'alt+a')  # while it is being typed
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
    rule = bench.json('class', 'list', project)[7]
    check(rule['split'] and rule['relief_percent'] == 20
          and rule['min_volume_nm3'] == 5000, rule)
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


def keeps_a_size_in_small_voxels(bench):
    """27 voxels of 0.125 nm³: with a decimal, for 3 nm³ would be 24."""
    project = bench.path('image.lamella')
    bench.cli('project', 'create', bench.volume('96,96,16', 'image'),
              '--voxel-size', '0.5,0.5,0.5')
    app = bench.start(project)
    app.wait('READY')
    app.press('mitochondrion', button=3)
    app.press('Edit…')
    app.press('unit')
    app.press('nm³')
    app.gone('GtkPopover')  # which takes keys until then
    bench.shot('class-dialog-small-voxels')
    app.xdo('key', 'alt+s')
    app.gone('Edit Class')
    app.quit()
    rule = bench.json('class', 'list', project)[2]
    check(rule['min_volume_nm3'] == 3.3, rule)


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
    # The keys are not left in the menu that is gone.
    app.gone('Verify')
    app.key('ctrl+z')
    app.find('2 of 3 completed')
    app.key('ctrl+shift+z')
    app.find('2 flagged')
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


driver.run([
    adds_and_changes_classes,
    says_what_is_an_organelle,
    keeps_a_size_in_small_voxels,
    keeps_a_name_that_is_written,
    stays_open_for_a_name,
    finds_and_changes_labels,
    says_that_sizes_are_missing,
    finds_one_of_2000_labels,
    deletes_a_label,
    isolates_and_merges_labels,
    says_how_far_labels_are,
])
