# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Two people: another copy is merged, and where both disagree one decides."""
import contextlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess

import driver
from driver import check

SIZE = '160,128,24'
# Without a graphics card all of the window is drawn by the processor; this way
# only what has changed is.
QUICK_FRAMES = {'GSK_RENDERER': 'cairo', 'MALLOC_PERTURB_': '0'}
# Of a computer that does much else; 65 on one that does nothing else.
LONGEST_ROUND_MS = 1500


def paint(bench, project, *strokes):
    lines = ''.join(json.dumps({
        'tool': 'brush', 'class': class_id, 'label': 'new', 'plane': 'xy',
        'slice': 10, 'radius_nm': 100, 'depth': 1, 'points': [[x, 60.5]]}) + '\n'
        for x, class_id in strokes)
    subprocess.run([bench.cli_program, 'paint', project], input=lines,
                   text=True, check=True, stdout=subprocess.DEVNULL)


def two_copies(bench):
    """Both painted at x 60, differently, and theirs at x 120, too."""
    mine = bench.project(SIZE)
    paint(bench, mine, (20.5, 1))
    theirs = bench.path('theirs.lamella')
    shutil.copy(mine, theirs)
    paint(bench, mine, (60.5, 1))
    paint(bench, theirs, (60.5, 2), (120.5, 1))
    return mine, theirs


def damage(project, by):
    """The brick of x 64 to 127; or mends it again."""
    with contextlib.closing(sqlite3.connect(project)) as file:
        file.execute('update brick set checksum = checksum + ? where key = 1',
                     (by,))
        file.commit()


def merges(bench):
    mine, theirs = two_copies(bench)
    app = bench.start(mine)
    app.wait('READY')
    damage(theirs, +1)
    app.key('ctrl+shift+m')
    app.choose_file(theirs)
    app.wait('MERGE damaged')
    app.find('The Other Copy Is Damaged')
    bench.shot('merge-damaged')
    app.press('Compare the Rest')
    app.wait('MERGE asks')
    app.find('Merge with “theirs.lamella”?')
    bench.shot('merge-rest')
    app.press_away('Cancel', 'Merge with “theirs.lamella”?')
    damage(theirs, -1)
    app.focus()
    app.key('ctrl+shift+m')
    app.choose_file(theirs)
    asks = app.wait('MERGE asks').split()
    check(int(asks[2]) > 0 and int(asks[3]) > 0, asks)
    app.find('Merge with “theirs.lamella”?')
    bench.shot('merge-question')
    before = bench.hash(theirs)
    app.press('Merge')
    app.wait('MERGE done')
    app.wait('DRAWN')
    # The place where both disagree comes first: more voxels than any other.
    app.key('n')
    place = app.wait('PLACE dissent')
    app.find('theirs')
    bench.shot('merge-place')
    app.key('shift+j')
    app.wait('VERDICT theirs')
    app.wait_until_still(1)
    bench.shot('merge-taken')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit(by_signal=True)
    check(bench.hash(theirs) == before, 'theirs was only read')
    edits = bench.json('history', mine, '--all')
    tools = [edit['tool'] for edit in edits][:3]
    check(tools == ['undo', 'take-voice', 'merge'], tools)
    dissents = [row for row in bench.json('queue', 'list', mine)
                if row['kind'] == 'dissent']
    box = [int(word) for word in place.split()[2:]]
    check([row['box'] for row in dissents] == [box], dissents)
    check(not os.path.exists(mine + '-journal'), 'closed')


def write_blocks(path, sample=4, edge=512, depth=64, block=(4, 4, 8)):
    """A stack of uint32, each block of it a label of its own; how many. Or
    of uint8, which is an image."""
    width, height, deep = block
    n_x, n_y = edge // width, edge // height
    page_bytes = sample * edge * edge
    entries = [(256, 4, edge), (257, 4, edge), (258, 3, 8 * sample), (259, 3, 1),
               (262, 3, 1), (273, 4, 0), (277, 3, 1), (278, 4, edge),
               (279, 4, page_bytes)]
    size = 2 + 12 * len(entries) + 4
    with open(path, 'wb') as file:
        file.write(struct.pack('<2sHI', b'II', 42, 8))
        for z in range(depth):
            start = file.tell()
            entries[5] = (273, 4, start + size)
            file.write(struct.pack('<H', len(entries)))
            for tag, kind, value in entries:
                file.write(struct.pack('<HHII', tag, kind, 1, value))
            more = z + 1 < depth
            file.write(struct.pack('<I', (start + size + page_bytes) * more))
            for y in range(n_y):
                first = 1 + (z // deep * n_y + y) * n_x
                row = b''.join(struct.pack('<I', first + x)[:sample] * width
                               for x in range(n_x))
                file.write(row * height)
    return n_x * n_y * (depth // deep)


def merges_a_large_copy(bench):
    """131,072 labels, all new: the window stays free, and it can be stopped."""
    write_blocks(bench.path('image.tif'), sample=1)
    bench.cli('project', 'create', bench.path('image.tif'),
              '--voxel-size', '10,10,40')
    mine, theirs = bench.path('image.lamella'), bench.path('theirs.lamella')
    shutil.copy(mine, theirs)
    paint(bench, mine, (60.5, 1))
    blocks = bench.path('blocks.tif')
    n = write_blocks(blocks)
    bench.cli('labels', 'import', theirs, blocks)
    figures = bench.path('figures')
    app = bench.start(mine, env={'LAM_WATCHDOG': figures, **QUICK_FRAMES})
    app.wait('READY')
    app.key('ctrl+shift+m')
    app.choose_file(theirs)
    app.press('Cancel')
    if app.wait('MERGE cancelled', 'MERGE asks').startswith('MERGE asks'):
        app.press('Cancel')  # it was quicker
    app.key('ctrl+shift+m')
    app.choose_file(theirs)
    app.wait('MERGE asks', seconds=240)
    app.press('Merge')
    app.wait('MERGE done', seconds=240)
    app.wait_until_still(2)
    bench.shot('merge-large')
    app.quit(by_signal=True)
    with open(figures) as file:
        measured = {k: float(v) for k, v in (line.split() for line in file)}
    print(f'# {n} labels, {measured}')
    check(bench.json('history', mine)[0]['tool'] == 'merge', 'it is there')
    check(measured['merge-max'] <= LONGEST_ROUND_MS,
          f'a round of {measured["merge-max"]} ms')


def keeps_mine(bench):
    mine, theirs = two_copies(bench)
    bench.cli('merge', mine, theirs)
    app = bench.start(mine)
    app.wait('READY')
    app.key('n')
    app.wait('PLACE dissent')
    # One button more than elsewhere: all of them are on a small screen, too.
    app.xdo('search', '--onlyvisible', '--name', 'Lamella$', 'windowsize', 1024,
            640)
    app.find('right_button', until=lambda w: w.state != 'on')
    app.find('close_places', until=lambda w: w.x + w.width <= 1024)
    check(app.find('Take theirs').x >= 0, 'the bar')
    bench.shot('merge-small')
    app.press('Keep mine')
    app.wait('VERDICT verified')
    app.quit(by_signal=True)
    check(not [row for row in bench.json('queue', 'list', mine)
               if row['kind'] == 'dissent'], 'decided')
    check(bench.json('history', mine)[0]['tool'] == 'merge', 'mine stays')


def wait_agreement(app, is_wanted):
    """It is measured after each change, also after those before."""
    while not is_wanted(float(app.wait('AGREEMENT').split()[1])):
        pass


def two_on_a_region(bench):
    """Away as a blind copy, labelled there, back, agreement, and a place where
    both differ, all in the window."""
    project = bench.project(SIZE)
    bench.cli('region', 'add', project, 'shared', '-b', '10,10,2,110,110,20')
    paint(bench, project, (40.5, 1), (90.5, 1))
    before = bench.hash(project)
    copy = bench.path('blind.lamella')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+j')
    app.find('1. Give it to a second person')
    bench.shot('second-empty')
    app.press('give')
    app.save_file(copy)
    app.wait('BLIND')
    app.find('The Copy Is Ready')
    bench.shot('second-ready')
    app.xdo('key', 'Escape')
    app.gone('The Copy Is Ready')
    check(bench.json('history', copy) == [], 'nothing of mine is in it')
    lines = ''.join(json.dumps({
        'tool': 'brush', 'class': 1, 'label': 'new', 'plane': 'xy',
        'slice': 8, 'radius_nm': 100, 'depth': 1, 'points': [[x, 50.5]]}) + '\n'
        for x in (30.5, 60.5))
    subprocess.run([bench.cli_program, 'paint', copy], input=lines, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    app.press('bring')
    app.choose_file(copy)
    app.wait('VOICE')
    agreement = float(app.wait('AGREEMENT').split()[1])
    check(0 < agreement < 1, agreement)
    app.find('3. Decide where you differ')
    bench.shot('second-back')
    app.press('decide')
    place = app.wait('PLACE dissent')
    app.wait('OUTLINE')
    app.wait('DRAWN')
    app.focus()
    bench.shot('second-place')
    # What the other says is laid over it, all of it, and told in words.
    app.key('shift+w')
    app.wait('THEIRS')
    app.wait('DRAWN')
    app.wait_until_still(1)
    bench.shot('second-theirs')
    # Their word under the brush, and for the whole object; undo brings mine.
    place = [int(field) for field in place.split()[2:]]
    middle = [(place[i] + place[i + 3]) / 2 for i in (0, 1)]
    app.key('alt+b')
    app.wait('TOOL theirs')
    app.stroke('xy', [middle])
    wait_agreement(app, lambda value: value > agreement)
    bench.shot('second-brush')
    app.key('ctrl+z')
    wait_agreement(app, lambda value: value == agreement)
    app.key('b')
    app.key('ctrl+j')
    taken = app.wait('OBJECT theirs').split()
    check(int(taken[2]) > 0 and int(taken[3]) == 2, taken)
    app.key('ctrl+z')
    app.wait('PLACES 0 2')
    # Of the place that is shown, or of what the pointer is over: the same.
    app.key('alt+j')
    app.wait('OBJECT mine 0 2')
    app.key('shift+n')
    app.key('shift+y')
    app.wait('VERDICT none')
    app.key('shift+w')
    app.wait('THEIRS off')
    # What is painted there is no longer of what both differ in.
    app.stroke('xy', [middle])
    app.wait('OUTLINE')
    app.key('ctrl+z')
    app.wait('OUTLINE')
    app.key('shift+j')
    app.wait('VERDICT theirs')
    wait_agreement(app, lambda value: value > agreement)
    app.key('ctrl+z')
    wait_agreement(app, lambda value: value == agreement)
    app.quit(by_signal=True)
    check(bench.hash(project) == before, 'all was undone')
    check(not [row for row in bench.json('queue', 'verdicts', project)
               if row['verdict'] == 'verified'], 'both were taken back')
    said = bench.json('region', 'agreement', project, 'shared')
    check(abs(said['mean_iou'] - agreement) < 1e-6, (said, agreement))


driver.run([merges, merges_a_large_copy, keeps_mine, two_on_a_region])
