# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Notes with real keys and pointer: points that are set, moved, changed and
removed, a bookmark, a measurement that is kept, the panel, and the table."""
import csv
import subprocess

import driver
from driver import check


def notes(bench, project):
    return bench.json('notes', 'list', project)


def take(app, key, tool):
    app.key(key)
    check(app.wait('TOOL').split()[1] == tool, tool)


def set_point(app, u, v, text):
    # A click so soon after a popover has gone can be lost.
    app.click_until(*app.panes['xy'].at(u, v), 'NOTE-ASKED')
    app.type(text)
    app.key('Return')
    line = app.wait('NOTE ')
    app.wait('NOTE-CLOSED')
    app.wait('SAVED')
    return int(line.split()[1])


def sets_moves_and_removes(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    take(app, 'shift+p', 'note')
    check(set_point(app, 30, 30, 'one') == 1, 'the first')
    check(set_point(app, 60, 30, 'two') == 2, 'the second')
    bench.shot('notes-points')
    # Moved, and back by undo.
    pane = app.panes['xy']
    app.drag([pane.at(60, 30), pane.at(60, 50), pane.at(60, 70)])
    app.wait('SAVED')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.key('ctrl+shift+z')
    app.wait('DRAWN')
    # A click on one asks about it; Escape leaves it as it was.
    app.click_until(*pane.at(30, 30), 'NOTE-ASKED')
    app.type('changed')
    app.key('Escape')
    app.wait('NOTE-CLOSED')
    app.click_until(*pane.at(30, 30), 'NOTE-ASKED')
    app.key('ctrl+a')
    app.type('again')
    app.key('Return')
    app.wait('NOTE 1')
    app.wait('SAVED')
    # Hidden and shown.
    app.key('alt+h')
    app.wait('NOTES hidden')
    app.key('alt+h')
    app.wait('NOTES shown')
    app.move(*pane.at(10, 80))
    app.key('Delete')
    app.wait('NOTE-GONE 1')
    app.wait('SAVED')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit()
    found = {note['id']: note for note in notes(bench, project)}
    check(sorted(found) == [1, 2], found)
    check(found[1]['text'] == 'again', found[1])
    check(found[1]['kind'] == 'synapse', found[1])
    check(abs(found[2]['position_voxels'][1] - 70) < 1.5, found[2])
    check(bench.history(project)[0]['tool'] == 'note', 'in the history')


def measures_between_slices(bench):
    """A point stays where it was set while slices are stepped: the length is
    that in space, 3 slices of 40 nm apart, and so is the note's."""
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    app.move(*pane.at(20, 60))
    take(app, 'shift+m', 'measure')
    app.click(*pane.at(20, 60))
    app.wait('DRAWN')
    app.key('period', 'period', 'period')
    app.wait('DRAWN')
    app.wait_until_still()
    bench.shot('measure-next-slice')
    app.click_until(*pane.at(29, 60), 'SAID')
    app.wait_until_still()
    bench.shot('measure-two-slices')
    for at in ((60, 80), (30, 85)):
        app.click(*pane.at(*at))
        said = app.wait('SAID')
    check('several slices: no area' in said, said)
    app.wait_until_still()
    bench.shot('measure-no-area')
    app.key('BackSpace', 'BackSpace')
    said = app.wait('SAID')
    app.key('Return')
    app.wait('SAVED')
    app.quit()
    note, = notes(bench, project)
    ends = note['corners_voxels']
    check(note['kind'] == 'distance' and ends[1][2] - ends[0][2] == 3, note)
    check(abs(note['length_nm'] - 150) < 10, note)


def bookmarks_measures_and_lists(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    app.move(*pane.at(20, 20))
    app.key('ctrl+b')
    check(app.wait('NOTE-ASKED').endswith('bookmark'), 'a bookmark')
    app.type('begin here')
    app.key('Return')
    app.wait('SAVED')
    take(app, 'shift+m', 'measure')
    # A click right after a popover has closed can be lost.
    app.wait_until_still()
    app.click(*pane.at(20, 60))
    app.wait('DRAWN')
    app.click_until(*pane.at(80, 60), 'SAID')
    app.key('Return')
    app.wait('SAVED')
    app.key('period', 'period', 'period')
    app.wait('DRAWN')
    # The panel: filtered, gone to, exported.
    app.key('ctrl+shift+b')
    app.find('begin here')
    bench.shot('notes-panel')
    app.type('begin')
    app.wait('NOTES-LISTED 1')
    # A name that is completed replaces nothing that was not asked about.
    with open(bench.path('kept.csv'), 'w', encoding='utf-8') as file:
        file.write('kept')
    app.press('Export what is listed as a table (CSV)')
    app.save_file(bench.path('kept'))
    app.wait('NOTES-REFUSED')
    bench.shot('notes-not-exported')
    app.xdo('key', 'Escape')
    app.gone('The Notes Were Not Exported')
    with open(bench.path('kept.csv'), encoding='utf-8') as file:
        check(file.read() == 'kept', 'it is as it was')
    app.focus()
    app.press('begin here')
    app.wait('AT-NOTE 1')
    app.wait('DRAWN')
    bench.shot('notes-gone-to')
    app.move(*pane.at(50, 80))
    app.key('alt+n')
    app.wait('AT-NOTE 1')
    app.quit()
    found = notes(bench, project)
    check([note['kind'] for note in found] == ['bookmark', 'distance'], found)
    length = found[1]['corners_voxels']
    check(abs(length[1][0] - length[0][0] - 60) < 1.5, length)
    check(abs(found[1]['length_nm'] - 600) < 15, found[1])
    table = bench.path('notes.csv')
    bench.cli('notes', 'export', project, table)
    with open(table, newline='', encoding='utf-8') as file:
        check(len(list(csv.DictReader(file))) == 2, 'two rows')


def changes_in_the_panel(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    take(app, 'shift+p', 'note')
    set_point(app, 30, 30, 'one')
    set_point(app, 60, 30, 'two')
    app.key('ctrl+shift+b')
    app.find('one')
    # A row that goes while its note is changed, by the button …
    app.press('Change kind and text (F2)', nth=0)
    app.wait('NOTE-ASKED')
    app.press_away('Remove', 'LamNotePopover')
    app.wait('NOTE-GONE')
    app.gone('one')
    # … and because what it says now is not looked for.
    app.key('ctrl+shift+b')
    app.type('two')
    app.wait('NOTES-LISTED 1')
    app.press('Change kind and text (F2)', nth=0)
    app.wait('NOTE-ASKED')
    bench.shot('notes-from-the-panel')
    app.key('ctrl+a')
    app.type('other')
    app.key('Return')
    app.wait('NOTE-CLOSED')
    app.find('No note is like that.')
    # A click elsewhere keeps what was typed, and does what it does.
    app.click_until(*pane.at(60, 30), 'NOTE-ASKED')
    app.key('ctrl+a')
    app.type('kept')
    app.click(*pane.at(90, 5))
    app.wait('NOTE 2')
    app.wait('NOTE-ASKED')
    app.key('Escape')
    app.wait('NOTE-CLOSED')
    # And so does the end.
    app.click_until(*pane.at(60, 30), 'NOTE-ASKED')
    app.key('End')
    app.type(' to the end')
    app.find('kept to the end')
    app.quit(by_signal=True)
    found = notes(bench, project)
    check([note['text'] for note in found] == ['kept to the end'], found)


def shortcuts_store_what_is_typed(bench):
    """Keys that lead away from a note work while it is written, and store it
    first."""
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    pane = app.panes['xy']
    app.move(*pane.at(30, 40))
    app.key('ctrl+b')
    app.wait('NOTE-ASKED')
    app.type('first')
    app.key('ctrl+g')
    app.wait('NOTE-CLOSED')
    app.find('Go to Position')
    bench.shot('notes-left-for-a-dialog')
    app.xdo('key', 'Escape')
    app.gone('Go to Position')
    app.focus()
    app.move(*pane.at(60, 40))
    app.key('ctrl+b')
    app.wait('NOTE-ASKED')
    app.type('second')
    app.quit()
    texts = sorted(note['text'] for note in notes(bench, project))
    check(texts == ['first', 'second'], texts)


def stays_open_for_a_note(bench):
    """One that cannot be kept as it is does not go with the project."""
    project = bench.project('96,96,16')
    other = bench.project('96,96,16', name='other')
    bench.cli('notes', 'add', project, '30,40,8', '--kind', 'wedge')
    app = bench.start(project)
    app.wait('READY')
    take(app, 'shift+p', 'note')
    app.click_until(*app.panes['xy'].at(30, 40), 'NOTE-ASKED')
    app.type('worth a word')
    app.enter('wedge', ' ')
    app.xdo('key', 'BackSpace')
    subprocess.run([app.program, other], check=True)
    app.wait('NOT-WRITTEN')
    app.find('Choose a kind or write one.')
    app.find('worth a word')
    bench.shot('notes-not-kept')
    app.enter('Other kind', 'junction')
    subprocess.run([app.program, other], check=True)
    app.wait('OPENED')
    app.wait('READY')
    app.quit()
    kept, = notes(bench, project)
    check(kept['text'] == 'worth a word' and kept['kind'] == 'junction', kept)


if __name__ == '__main__':
    driver.run([sets_moves_and_removes, measures_between_slices,
                bookmarks_measures_and_lists,
                changes_in_the_panel, shortcuts_store_what_is_typed,
                stays_open_for_a_note])
