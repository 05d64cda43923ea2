# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A network that works beside the person: added by file, at work around what is
painted, paused, taken away; and one that is none."""
import json
import os
import shutil
import subprocess
import sys
import time

import driver
from driver import check

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'cli'))
from threshold_network import make_network  # noqa: E402


def works_beside_the_person(bench):
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='dark.onnx',
                           classes='background\nmitochondrion')
    app = bench.start(project)
    app.wait('READY')
    app.find('No network')
    check(not any(line.startswith('NETWORK') for line in app.log + app.kept),
          'nothing runs without a network')
    app.key('ctrl+shift+n')
    app.press('add_network')
    app.choose_file(network)
    app.find('dark')
    app.focus()
    app.key('b')
    app.key('3')
    app.stroke('xy', [(40, 40), (56, 44)])
    while not app.wait('NETWORK').endswith('runs 0'):
        pass
    app.key('ctrl+shift+n')
    app.find('Nothing to segment: paint, and the network segments around it.')
    bench.shot('networks')
    app.press('Export as ONNX…')
    copy = bench.path('copy.onnx')
    app.save_file(copy)
    app.wait('EXPORTED 1')
    with open(network, 'rb') as one, open(copy, 'rb') as other:
        check(one.read() == other.read(), 'the same file')
    app.focus()
    app.key('ctrl+shift+n')
    app.press('pause')
    app.wait('NETWORK paused')
    app.xdo('key', 'Escape')
    app.gone('Network that works beside you')
    app.stroke('xy', [(40, 70), (56, 74)])
    app.find('Paused, 1 job')
    app.key('ctrl+shift+n')
    bench.shot('networks-paused')
    # The window goes while the pointer is in the popover, which just changes.
    app.quit(by_signal=True)
    tools = [edit['tool'] for edit in bench.history(project)]
    check(tools.count('model') == 1, f'one answer: {tools}')
    check(tools.count('brush') == 2, f'two strokes: {tools}')


def learns_from_strokes(bench):
    """Switched on, the first stroke makes a state of the network, which works
    from then on and says what it learned from."""
    project = bench.project('96,96,16')
    # Enough for all of the network to train on, too.
    strokes = ''.join(json.dumps({
        'tool': 'brush', 'class': 2 + n % 2, 'plane': 'xy', 'slice': z,
        'radius_nm': 60, 'points': [[12, 12 + 20 * n], [84, 12 + 20 * n]]})
        + '\n' for z in (1, 5, 9, 13) for n in range(4))
    subprocess.run([bench.cli_program, 'paint', project], input=strokes,
                   text=True, check=True, stdout=subprocess.DEVNULL)
    found = bench.json('model', 'add', project, '--shipped', 'platelets')
    bench.cli('model', 'activate', project, str(found['model']))
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('learns')
    app.xdo('key', 'Escape')
    app.gone('Network that works beside you')
    app.focus()
    app.key('b')
    app.key('3')
    app.stroke('xy', [(40, 40), (56, 44)])
    while not app.wait('NETWORK').endswith('runs 0'):
        pass
    app.key('ctrl+shift+n')
    app.find('status', until=lambda w: w.text.startswith('Learned from'))
    app.find('platelets, taught 1')
    # All of a short list is in sight, whatever comes to lie below it.
    title = app.find('Network that works beside you')
    none = app.find('None')
    check(none.y >= title.y + title.height, f'{none} below {title}')
    # The first one is asked, too, and both look in four ways.
    app.press('Ask this network, too: the mean of what both say counts, '
              'and takes as long again')
    app.press('looks_4')
    app.find('state', until=lambda w: w.text == 'platelets, taught 1, 8 looks')
    app.find('looks_cost', until=lambda w: 'Takes 8 times' in w.text)
    bench.shot('networks-learned')
    app.press('looks_1')
    app.find('state', until=lambda w: w.text == 'platelets, taught 1, 2 looks')
    # All of it, which the header bar says, too.
    app.press('Train on My Corrections')
    app.shows('state', 'Training, ')
    bench.shot('networks-training')
    app.press_away('stop', 'stop')
    app.wait('TRAINED 0')
    app.find('state', until=lambda w: w.text == 'platelets, taught 1, 2 looks')
    app.quit(by_signal=True)
    models = bench.json('model', 'list', project)
    check([m['active'] for m in models] == [False, True], models)
    check(models[1]['kind'] == 'last-layers', models)


def has_room_for_many(bench):
    """However many networks a project has, what lies below them is on screen,
    and the one that works in sight."""
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='dark.onnx',
                           classes='background\nmitochondrion')
    for n in range(16):
        copy = shutil.copyfile(network, bench.path(f'net {n}.onnx'))
        bench.cli('model', 'add', project, copy)
    bench.cli('model', 'activate', project, '16')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    lowest = app.find('Train on My Corrections')
    bench.shot('networks-many')
    height = app.find('LamWindow').height
    check(lowest.y + lowest.height < height, f'{lowest} in {height}')
    active = app.find('net 15', until=lambda w: w.type == 'GtkLabel')
    add = app.find('add_network')
    check(100 < active.y and active.y + active.height < add.y,
          f'{active} above {add}')
    app.quit(by_signal=True)


def begins_with_what_is_on_screen(bench):
    """Two places wait; the one that is looked at comes first, not the older."""
    project = bench.project('96,96,32')
    network = make_network(bench.folder, name='dark.onnx',
                           classes='background\nmitochondrion')
    found = bench.json('model', 'add', project, network)
    bench.cli('model', 'activate', project, str(found['model']))
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('pause')
    app.wait('NETWORK paused')
    app.xdo('key', 'Escape')
    app.gone('Network that works beside you')
    app.focus()
    app.key('b')
    app.wait('TOOL')
    app.key('3')
    app.wait('CLASS')
    older = app.stroke('xy', [(15, 15), (20, 16)])
    app.wheel(*app.panes['xy'].at(80, 80), 14)
    app.wait('DRAWN')
    seen = app.stroke('xy', [(80, 80), (85, 81)])
    app.find('Paused, 2 jobs')
    app.key('ctrl+shift+n')
    pause = app.find('pause')
    app.forget()
    app.click_until(*pause.middle(), 'NETWORK runs')
    while not app.wait('NETWORK').endswith('runs 0'):
        pass
    app.quit(by_signal=True)
    # The box of an answer lies around that of its stroke.
    boxes = {edit['id']: edit['box'] for edit in bench.history(project)}
    answers = [box[2] for _, box in sorted(boxes.items())[2:]]
    depths = [boxes[edit][2] for edit in (seen, older)]
    check(len(boxes) == 4 and depths[0] > depths[1] + 8, f'strokes: {boxes}')
    check([abs(a - d) < 4 for a, d in zip(answers, depths)] == [True, True],
          f'what is on screen first: {boxes}')


def takes_the_second_best(bench):
    """Of an object by one key, where the pointer is; undo takes it back."""
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='dark.onnx',
                           grey='0,257',
                           classes='background\nmitochondrion')
    found = bench.json('model', 'add', project, network)
    bench.cli('model', 'activate', project, str(found['model']))
    bench.cli('model', 'run', project)
    before = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('pause')
    app.wait('NETWORK paused')
    app.xdo('key', 'Escape')
    app.gone('Network that works beside you')
    app.focus()
    pane = app.panes['xy']
    spot = next((u, v) for v in range(8, 90, 4) for u in range(8, 90, 4)
                if is_said(app, pane.at(u, v), 'background'))
    app.key('shift+r')
    accepted = app.wait('WORD').split()
    check(accepted[1] == 'accepted' and int(accepted[2]) > 0, accepted)
    app.move(*pane.at(*spot))
    app.find('said', until=lambda w: w.text.endswith('accepted'))
    app.find('doubt', until=lambda w: w.text == '')
    bench.shot('second-best')
    # It is the person's word now.
    app.key('r')
    app.wait('WORD refused')
    app.key('ctrl+z')
    app.find('doubt', until=lambda w: 'or background' in w.text)
    # The whole of it by the menu.
    app.click(*pane.at(*spot), 3)
    app.press('Make it background')
    whole = app.wait('WORD').split()
    check(whole[1] == 'accepted' and int(whole[2]) > int(accepted[2]),
          f'{whole} after {accepted}')
    app.focus()
    app.key('ctrl+z')
    app.move(*pane.at(*spot))
    app.find('doubt', until=lambda w: 'or background' in w.text)
    app.quit(by_signal=True)
    check(bench.hash(project) == before, 'undo leaves nothing')


def is_said(app, at, second):
    """Whether the network said an object there that is `second` else."""
    app.move(*at)
    texts = {w.id: w.text for w in app.widgets()}
    for _ in range(20):
        if texts['doubt'] or 'network' not in texts['said']:
            break
        time.sleep(0.1)
        texts = {w.id: w.text for w in app.widgets()}
    return texts['doubt'].endswith('or ' + second) and 'mito' in texts['what']


def is_proposed(doubt):
    return doubt.text.startswith('mitochondrion proposed, or background; unsure ')


def find_proposed(app):
    """Where the network proposes a mitochondrion, which is said there."""
    for v in range(22, 90, 6):
        for u in range(9, 90, 6):
            app.move(*app.panes['xy'].at(u, v))
            time.sleep(0.1)
            if any(w.id == 'doubt' and is_proposed(w) for w in app.widgets()):
                return u, v
    raise AssertionError('nothing is said of a proposal')


def only_proposes(bench):
    """The network writes nothing; its proposals are looked at, accepted and
    rejected by keys, and are there in the next opening."""
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='dark.onnx',
                           grey='0,257',
                           classes='background\nmitochondrion')
    found = bench.json('model', 'add', project, network)
    bench.cli('model', 'activate', project, str(found['model']))
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('only_proposes')
    app.wait('PROPOSAL-MAP on')
    bench.shot('only-proposes')
    app.xdo('key', 'Escape')
    app.gone('Network that works beside you')
    app.quit(by_signal=True)
    before = bench.hash(project)
    counts = bench.json('model', 'run', project)
    check(counts['written'] == 0 and bench.hash(project) == before, counts)
    tools = [edit['tool'] for edit in bench.history(project)]
    check('model' not in tools, f'it wrote nothing: {tools}')
    proposed = bench.json('proposals', 'list', project)
    check([row['class'] for row in proposed] == ['mitochondrion'], proposed)

    app = bench.start(project)
    app.wait('READY')
    # Shown without a key, with what to do about it.
    app.find('What the network proposes')
    app.find('proposals', until=lambda w: 'Return accepts' in w.text)
    bench.shot('proposals')
    app.move(*app.panes['xy'].at(*find_proposed(app)))
    # The second best of it is one key away, too, and undone.
    app.key('r')
    second = app.wait('WORD').split()
    check(second[1] == 'accepted' and int(second[2]) > 0, second)
    app.find('doubt', until=lambda w: w.text == '')
    app.key('ctrl+z')
    app.find('doubt', until=is_proposed)
    app.key('shift+Return')
    accepted = app.wait('WORD').split()
    check(accepted[1] == 'accepted' and int(accepted[2]) > 0, accepted)
    app.key('ctrl+Delete')
    rejected = app.wait('WORD').split()
    check(rejected[1] == 'rejected' and int(rejected[2]) > 0, rejected)
    app.key('Return')
    app.wait('WORD refused')
    app.key('w')
    app.wait('PROPOSAL-MAP off')
    app.gone('What the network proposes')
    app.quit(by_signal=True)
    all_of_it = sum(row['voxels'] for row in proposed)
    check(int(accepted[2]) + int(rejected[2]) == all_of_it,
          f'{accepted} {rejected} of {proposed}')
    check(bench.json('proposals', 'list', project) == [], 'nothing is left')


def refuses_what_is_none(bench):
    project = bench.project('96,96,16')
    path = bench.path('no.onnx')
    with open(path, 'wb') as file:
        file.write(b'this is no network')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('add_network')
    app.choose_file(path)
    app.find('This is no network for images')
    bench.shot('networks-refused')
    app.quit(by_signal=True)
    check(bench.json('model', 'list', project) == [], 'nothing was added')


def offers_smaller_tiles(bench):
    """Where there is too little memory for its own; they are remembered."""
    folder = os.path.join(os.environ['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
    os.makedirs(folder, exist_ok=True)
    settings = os.path.join(folder, 'keyfile')
    with open(settings, 'w') as file:
        file.write(f'[org/lamella/Lamella]\nnetwork-bytes={62 << 20}\n')
    env = {'GSETTINGS_BACKEND': 'keyfile'}
    project = bench.project('320,256,16')
    bench.cli('model', 'add', project, '--shipped', 'platelets')
    bench.cli('model', 'activate', project, '1')
    for is_first in (True, False):
        app = bench.start(project, env=env)
        app.wait('READY')
        app.key('ctrl+shift+n')
        if not is_first:
            app.press('segment_all')
        else:
            # The list above the button has just got its height.
            app.press_until('segment_all', 'Use Smaller Tiles')
            app.wait('NEEDS-MEMORY')
            bench.shot('smaller-tiles')
            app.press('Use Smaller Tiles')
            tiles = app.wait('TILES').split()[1:]
            check(len(tiles) == 3, tiles)
        while not app.wait('NETWORK', 'NEEDS-MEMORY').endswith('runs 0'):
            check(app.log[-1] != 'NEEDS-MEMORY', 'not asked again')
        app.quit(by_signal=True)
    os.remove(settings)
    tools = [edit['tool'] for edit in bench.history(project)]
    check('model' in tools, tools)


def asks_which_class_is_which(bench):
    """Of a network with names of its own; the answer is kept, and can be
    changed."""
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='foreign.onnx', grey='0,257',
                           classes='void <1>\nMitos')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('add_network')
    app.choose_file(network)
    app.find('Classes of the Network')
    # What the names suggest.
    app.find('void <1>')
    app.find('Mitos')
    bench.shot('class-map')
    app.press('accept')
    app.wait('CLASSES-MAPPED')
    app.gone('Classes of the Network')
    app.find('foreign')
    app.focus()
    app.key('b')
    app.wait('TOOL')
    app.key('3')
    app.wait('CLASS')
    app.stroke('xy', [(40, 40), (56, 44)])
    while not app.wait('NETWORK').endswith('runs 0'):
        pass
    app.quit(by_signal=True)
    check(bench.json('model', 'list', project)[0]['active'], 'it is active')
    tools = [edit['tool'] for edit in bench.history(project)]
    check('model' in tools, f'it answered: {tools}')

    # Kept: another opening asks only when it is asked to. Of what is not used
    # nothing is written.
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+n')
    app.press('Which class of the project is which of its classes')
    app.find('Classes of the Network')
    app.press('mitochondrion')
    app.press('Not used')
    bench.shot('class-map-again')
    app.press('accept')
    app.wait('CLASSES-MAPPED')
    app.gone('Classes of the Network')
    # Beside one with other classes it cannot be asked, too; it is said at once.
    other = make_network(bench.folder, name='other.onnx',
                         classes='background\nmitochondrion')
    app.focus()
    app.key('ctrl+shift+n')
    app.press('add_network')
    app.choose_file(other)
    app.find('other')
    app.focus()
    app.key('ctrl+shift+n')
    app.press('Ask this network, too: the mean of what both say counts, and '
              'takes as long again')
    app.find('This network cannot be asked, too')
    bench.shot('cannot-be-asked')
    app.quit(by_signal=True)
    check(not any(row['asked_too']
                  for row in bench.json('model', 'list', project)), 'asked')
    bench.cli('model', 'activate', project, '1')
    bench.cli('model', 'run', project)
    objects = bench.json('proposals', 'list', project)
    check(objects == [], f'nothing but background: {objects}')


def adds_its_classes(bench):
    """To a project that has none: what nobody counts becomes one label."""
    volume = bench.volume('96,96,16', 'image')
    for name, is_one in (('membrane', True), ('Vesicles', False)):
        project = bench.path(name + '.lamella')
        bench.cli('project', 'create', '-p', 'empty', '-o', project, volume)
        network = make_network(bench.folder, name=name + '.onnx', grey='0,257',
                               classes='background\n' + name)
        app = bench.start(project)
        app.wait('READY')
        app.key('ctrl+shift+n')
        app.press('add_network')
        app.choose_file(network)
        app.find('Classes of the Network')
        app.find('New: one label' if is_one
                 else 'New: single objects')
        bench.shot('class-map-' + name)
        app.press('accept')
        app.wait('CLASSES-MAPPED')
        app.gone('Classes of the Network')
        app.quit(by_signal=True)
        bench.cli('model', 'run', project)
        labels = bench.json('labels', 'list', project)
        check((len(labels) == 1) == is_one, labels)


if __name__ == '__main__':
    driver.run([works_beside_the_person, offers_smaller_tiles,
                learns_from_strokes,
                has_room_for_many, begins_with_what_is_on_screen,
                takes_the_second_best, only_proposes,
                refuses_what_is_none, asks_which_class_is_which,
                adds_its_classes])
