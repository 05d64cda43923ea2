# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A training set out of the window, by keys: refused, changed, written, and
sound. And the scores of a project, again after each stroke."""
import json
import os
import subprocess
import time

import driver
from driver import Unanswered, check


def exports_a_training_set(bench):
    project = bench.project()
    for name, box, role, state in (
            ('a', '0,0,0,90,128,20', 'train', 'verified'),
            ('b', '96,0,0,160,128,20', 'validation', 'in progress')):
        bench.cli('region', 'add', project, name, '-b', box, '-r', role, '-s',
                  state)
    subprocess.run(
        [bench.cli_program, 'paint', project], check=True, text=True,
        stdout=subprocess.DEVNULL, input=json.dumps({
            'tool': 'brush', 'class': 1, 'label': 'new', 'plane': 'xy',
            'slice': 8, 'radius_nm': 100, 'points': [[120.5, 40.5]]}))
    out = bench.path('set')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+e')
    app.find('finds_guard')
    bench.shot('dialog')
    app.find('How wide is the guard band? The project has no active network '
             'that says so: give three whole numbers of voxels, x, y, z, as '
             'many as yours sees')
    app.enter('w0', 'ten')
    app.enter('guard', '10, 10, 1')
    app.find('The weights between objects need two numbers, 0 or more')
    app.enter('w0', '7.5')
    app.enter('sigma', '2,5')
    app.enter('guard', '10, 1')
    app.find('The guard band needs three whole numbers: x, y, z')
    app.enter('guard', '10, 10, 1')
    app.press('accept')
    app.save_file(out)
    # Refused: one is not verified, and it says which.
    app.find('GtkLabel', until=lambda w: '“b”' in w.text)
    bench.shot('refused')
    check(not os.path.exists(out), 'nothing is there')
    app.press('verified')
    app.press('accept')
    app.save_file(out)
    app.wait('CURATED 2')
    app.find('Training Set Exported')
    bench.shot('exported')
    app.xdo('key', 'Escape')
    app.gone('Training Set Exported')
    app.quit(by_signal=True)
    bench.cli('check-training', out)
    with open(os.path.join(out, 'manifest.json')) as file:
        said = json.load(file)['options']
    check((said['border_w0'], said['border_sigma']) == (7.5, 2.5), said)
    # What else the command line does with nothing said is the same.
    bench.cli('region', 'set', project, 'b', '-s', 'verified')
    bench.cli('export-training', project, '-o', out + '2', '-g', '1,10,10')
    with open(os.path.join(out + '2', 'manifest.json')) as file:
        other = json.load(file)['options']
    for one in (said, other):
        for key in ('border_w0', 'border_sigma', 'only_verified'):
            del one[key]
    check(said == other, (said, other))


def measures_while_correcting(bench):
    sample = bench.path('sample')
    bench.cli('synthesize', '--size', '160,128,24', '-o', sample)
    image, truth = (os.path.join(sample, name + '.tif')
                    for name in ('image', 'classes'))
    project = bench.path('p.lamella')
    bench.cli('project', 'create', image, '-o', project)
    bench.cli('labels', 'import', project, truth, '--as', 'classes')
    bench.cli('region', 'add', project, 'corner', '-b', '0,0,0,40,40,24')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+q')
    app.press('choose')
    app.choose_file(truth)
    check(app.wait('QUALITY') == 'QUALITY 1.000000', app.log[-1])
    app.find('mitochondrion', nth=0)
    bench.shot('quality')
    app.focus()
    app.key('2', 'b')
    # The window lies over the xy pane: there is no window manager.
    app.stroke('yz', [(8, 30), (14, 60)])
    after = float(app.wait('QUALITY').split()[1])
    check(0 < after < 1, after)
    bench.shot('quality-corrected')
    app.focus()
    app.key('ctrl+z')
    check(app.wait('QUALITY') == 'QUALITY 1.000000', app.log[-1])
    # Distances are others when voxels are.
    app.press('Main menu (F10)')
    app.press('Voxel Size…')
    app.enter('z', '24')
    app.press('accept')
    check(app.wait('QUALITY') == 'QUALITY 1.000000', app.log[-1])
    app.quit(by_signal=True)
    said = bench.json('score', project, truth)
    check(said['mean_iou'] == 1, said)


def open_list(app, number):
    """Of the classes, beside that number: the one nobody has stands in it, and
    in the window behind. Without a window manager the list before may take the
    click."""
    for _ in range(4):
        app.press(number)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if sum(w.is_called('dense granule core') for w in app.widgets()) > 1:
                app.find('dense granule core', nth=1)
                return
            time.sleep(0.05)
    raise Unanswered(app.report(f'no list for {number}'))


def maps_a_truth(bench):
    """A truth that numbers two classes the other way round; the answer is kept
    for that file."""
    sample = bench.path('sample')
    bench.cli('synthesize', '--size', '96,80,12', '-o', sample)
    image, truth = (os.path.join(sample, name + '.tif')
                    for name in ('image', 'classes'))
    project = bench.path('p.lamella')
    bench.cli('project', 'create', image, '-o', project)
    bench.cli('labels', 'import', project, truth, '--as', 'classes', '--map',
              '1=2,2=1')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+q')
    app.press('choose')
    app.choose_file(truth)
    check(float(app.wait('QUALITY').split()[1]) < 0.9, 'not yet')
    app.press('classes')
    app.wait('TRUTH-NUMBERS')
    for number, place in (('1', 3), ('2', 2)):
        open_list(app, number)
        app.key('Home', *['Down'] * place, 'Return')
    bench.shot('quality-map')
    app.press('accept')
    said = app.wait('TRUTH-MAPPED')
    check('1=2,2=1' in said, said)
    check(app.wait('QUALITY') == 'QUALITY 1.000000', app.log[-1])
    # Without one of them, that is said.
    app.press('classes')
    app.wait('TRUTH-NUMBERS')
    open_list(app, '1')
    app.key('Home', 'Return')
    app.press('accept')
    app.wait('QUALITY')
    app.find('Of the truth do not count, as they are no class here: 1')
    bench.shot('quality-unmapped')
    app.quit(by_signal=True)
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+q')
    app.wait('QUALITY')
    app.find('Of the truth do not count, as they are no class here: 1')
    app.quit(by_signal=True)


driver.run([exports_a_training_set, measures_while_correcting, maps_a_truth])
