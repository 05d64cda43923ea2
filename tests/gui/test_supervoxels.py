# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The supervoxel brush with a real pointer: outlines around the view, a stroke
over several, their size by the wheel, and by keys alone."""
import driver
from driver import check


def changed(app):
    """How many voxels an act changed, once it is on disk."""
    line = app.wait('ACT')
    check(line.split()[1].isdigit(), app.report(line))
    return int(line.split()[1])


def choose(app):
    app.key('3')
    app.wait('CLASS')
    app.key('shift+b')
    check(app.wait('TOOL').split()[1] == 'supervoxel', 'the tool')


def paints(bench):
    project = bench.project('192,160,24')
    app = bench.start(project)
    app.wait('READY')
    choose(app)
    pane = app.panes['xy']
    app.move(*pane.at(90, 80))
    app.wait_until_still()
    bench.shot('supervoxels')
    app.click(*pane.at(90, 80))
    one = changed(app)
    # Larger ones, and several in one stroke.
    for _ in range(3):
        app.wheel(*pane.at(90, 80), -1, 'alt')
    app.key('c')
    app.click(*pane.at(60, 50))
    check(changed(app) > one, 'a larger one')
    app.key('c')
    app.drag([pane.at(20 + 10 * i, 120) for i in range(13)])
    several = changed(app)
    check(several > 2 * one, f'{several} voxels of a stroke, {one} of one')
    # The right button takes away, Enter paints where the pointer is.
    app.drag([pane.at(20 + 10 * i, 120) for i in range(13)], button=3)
    check(changed(app) == several, 'all of it is taken away')
    app.key('c')
    app.move(*pane.at(150, 40))
    app.key('Return')
    check(changed(app) > 0, 'by a key')
    bench.shot('supervoxels-painted')
    app.quit()
    tools = [row['tool'] for row in bench.history(project)]
    check(tools == ['supervoxel'] * 5, tools)


if __name__ == '__main__':
    driver.run([paints])
