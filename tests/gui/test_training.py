# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A network trained in the window: on a region of what is on screen, stopped,
gone on with in another opening, used and exported; and what is refused."""
import os

import driver
from driver import check


def project_with_labels(bench):
    """An image of which all is known, and its labels in a project."""
    bench.cli('synthesize', '--size', '96,96,12', '--image',
              bench.path('image.tif'), '--class-map', bench.path('classes.tif'))
    bench.cli('project', 'create', bench.path('image.tif'))
    project = bench.path('image.lamella')
    bench.cli('labels', 'import', project, bench.path('classes.tif'),
              '--as=classes')
    return project


def open_training(bench, project):
    app = bench.start(project)
    app.wait('READY')
    for _ in range(5):
        app.focus()
        app.key('ctrl+shift+t')
        try:
            app.wait('TRAINING', seconds=5)
            break
        except AssertionError:
            pass
    app.find('LamTrainingWindow')
    return app


def choose(app, row, text):
    app.press_until(row, text)
    app.press(text)


def choose_steps(app, n):
    choose(app, 'unit', 'steps')
    app.enter('amount', str(n))


def trains_on_what_is_on_screen(bench):
    project = project_with_labels(bench)
    app = open_training(bench, project)
    for _ in range(5):
        app.press('new_region')
        if any(w.type == 'LamRegionDialog' for w in app.widgets()):
            break
    app.find('LamRegionDialog')
    bench.shot('training-region')
    app.enter('last', '95, 95, 9')
    app.enter('first', '0, 0, 0')
    app.press('accept')
    app.wait('REGION 1')
    app.gone('LamRegionDialog')
    bench.shot('training-form')
    choose_steps(app, 100)
    app.press('start')
    app.wait('TRAINING runs')
    app.find('examples')
    app.find('Network', until=lambda w: w.type == 'GtkLabel')
    # The header bar says so, too.
    app.shows('state', 'Training, ')
    app.press('stop')
    stopped = app.wait('TRAINING stopped').split()
    check(0 < int(stopped[2]) < 100, stopped)
    bench.shot('training-stopped')
    app.quit(by_signal=True)
    check(os.path.exists(bench.path('image.training/checkpoint')),
          'the checkpoint lies beside the project')

    # Another opening says so, and goes on.
    app = open_training(bench, project)
    check(any(line.startswith('MESSAGE') and 'goes on with it' in line
              for line in app.log + app.kept), 'it is told')
    app.press('go_on')
    app.wait('TRAINING runs')
    app.wait('TRAINING done 100', seconds=240)
    bench.shot('training-done')
    # What is done goes on longer.
    app.press('longer')
    app.enter('amount_longer', '4')
    bench.shot('training-longer')
    app.press('train_longer')
    app.wait('TRAINING done 104', seconds=60)
    app.find('LamExampleView', until=lambda w: w.y + w.height <= 640)
    app.press('export')
    app.save_file(bench.path('out.onnx'))
    app.find('Exported to out.onnx')
    app.press('use')
    app.gone('LamTrainingWindow')
    app.quit(by_signal=True)
    models = bench.json('model', 'list', project)
    check([m['active'] for m in models][-1], models)
    info = bench.json('network', 'info', bench.path('out.onnx'))
    check('mitochondrion' in str(info), info)
    regions = bench.history(project)
    check(any(edit['tool'] == 'region' for edit in regions), 'undoable')


def refuses_what_cannot_be(bench):
    """Nothing is labelled, which is told in sight, also of who has scrolled
    down."""
    app = open_training(bench, bench.project('96,96,12'))
    app.press('More')
    app.wheel(420, 500, 20)
    app.press('start')
    app.wait('TRAINING failed')
    app.find('Choose at least one region to learn from',
             until=lambda w: 40 < w.y < 540)
    bench.shot('training-refused')
    app.quit(by_signal=True)
    check(not os.path.exists(bench.path('image.training')), 'nothing is left')


if __name__ == '__main__':
    driver.run([trains_on_what_is_on_screen, refuses_what_cannot_be])
