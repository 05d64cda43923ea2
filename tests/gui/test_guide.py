# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The first-run guide: comes by itself with the sample, follows what the person
does through its five steps, and comes again only when it is called."""
import os
import sys

import driver
from driver import check

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'cli'))
from threshold_network import make_network  # noqa: E402


def project_with_network(bench):
    project = bench.project('96,96,16')
    network = make_network(bench.folder, name='dark.onnx',
                           classes='background\nmitochondrion')
    found = bench.json('model', 'add', project, network)
    bench.cli('model', 'activate', project, str(found['model']))
    return project


def leads_through_the_loop(bench):
    project = project_with_network(bench)
    # Settings that outlive the program.
    env = {'GSETTINGS_BACKEND': 'keyfile',
           'XDG_CONFIG_HOME': bench.path('config')}
    app = bench.start(project, env=env)
    app.wait('READY')
    app.find('Look around')
    bench.shot('guide-1')
    app.wheel(*app.panes['xy'].middle(), 3)
    app.wait('GUIDE 2')
    app.find('Find a mistake')
    bench.shot('guide-2')
    app.zoom_to('xy', 48, 48, 5)
    app.wait('GUIDE 3')
    app.find('Paint what is right')
    bench.shot('guide-3')
    app.key('b')
    app.key('3')
    edit = app.stroke('xy', [(46, 46), (50, 48)])
    app.wait('GUIDE 4')
    app.wait('GUIDE 5')
    app.find('Take it back')
    bench.shot('guide-5')
    # The network has answered the stroke before this was reached.
    edits = app.log[-200:]
    check(any(line == 'NETWORK runs 0' for line in edits), edits)
    app.focus()
    app.key('ctrl+z')
    app.wait('GUIDE 6')
    app.find('That is all it takes')
    bench.shot('guide-6')
    app.press('_Close')
    app.wait('GUIDE 0')
    app.quit(by_signal=True)
    tools = {row['id']: row for row in bench.history(project)}
    check(tools[edit]['undone'], 'the stroke is undone')

    app = bench.start(project, env=env)
    app.wait('READY')
    check(not any(line.startswith('GUIDE 1') for line in app.log), app.log)
    app.focus()
    app.key('shift+F1')
    app.wait('GUIDE 1')
    app.press('_Skip')
    app.wait('GUIDE 2')
    app.press('close_guide')
    app.wait('GUIDE 0')
    app.quit()


def begins_on_the_sample(bench):
    """With nothing open it opens the sample, which the network is at work on
    and nobody has labelled; painting there is answered at once."""
    app = bench.start(env={'XDG_DATA_HOME': bench.path('data')})
    app.find('open_button')
    app.key('shift+F1')
    app.wait('READY')
    app.wait('SAVED')
    bench.shot('guide-sample')
    app.find('Look around')
    project = bench.path('data/lamella/sample/platelets.lamella')
    app.focus()
    app.key('b')
    app.key('3')
    edit = app.stroke('xy', [(300, 250), (310, 254)])
    # An answer is later than the stroke, and belongs to it.
    app.key('ctrl+q')
    app.process.wait(driver.PATIENCE_SECONDS)
    rows = bench.history(project)
    check({row['tool'] for row in rows} == {'model', 'brush'}, rows)
    check(any(row['id'] == edit for row in rows), rows)
    classes = bench.cli('class', 'list', project).splitlines()
    cut = [line.split()[1].rstrip(',') for line in classes if ', cut' in line]
    check(cut == ['cell'], classes)


driver.run([leads_through_the_loop, begins_on_the_sample])
