# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A first hour with the program on a real stack, all in the window: open it,
say how large its voxels are, begin a project, import mitochondria that somebody
else has drawn, correct one in three slices, close, open again, undo, export."""
import shutil

import driver
from driver import check, data


def choose_in(app, row, text):
    """An entry of a row that offers several."""
    app.press(row)
    app.press(text)


def corrects_a_mitochondrion(bench):
    image = shutil.copy(data('lucchi', 'train-image.tif'), bench.path('stack.tif'))
    labels = data('lucchi', 'train-mito.tif')
    project = bench.path('stack.lamella')
    app = bench.start()
    app.find('open_button')
    bench.shot('1-welcome')
    app.key('ctrl+o')
    app.choose_file(image)
    app.find('Voxel Size')
    bench.shot('3-voxel-size')
    app.enter('x', '5')
    app.enter('z', '5')
    app.press('accept')
    app.wait('DRAWN', 'READY')
    bench.shot('4-opened')
    app.press('Start Labelling…')
    app.find('Start Labelling')
    bench.shot('5-project')
    app.press('accept')
    app.wait('PROJECT')
    app.gone('Start Labelling')
    bench.shot('6-begun')
    app.focus()
    app.key('ctrl+i')
    app.press('Choose…')
    app.choose_file(labels)
    app.find('accept', until=lambda w: w.state != 'off')
    bench.shot('7-import')
    choose_in(app, 'mode', 'Classes')
    app.find('Number 1')
    bench.shot('8-import')
    choose_in(app, 'Number 1', 'mitochondrion')
    bench.shot('9-import')
    app.press('accept')
    app.find('Labels Imported')
    bench.shot('10-imported')
    app.key('Return')
    app.gone('Labels Imported')
    bench.shot('11-imported')
    app.focus()
    # One mitochondrion loses a piece of its border and gets another.
    app.zoom_to('xy', 500, 400)
    app.move(*app.panes['xy'].at(540, 415))
    app.key('i')
    app.wait('PICKED')
    drawn = []
    for _ in range(3):
        drawn.append(app.stroke('xy', [(480, 395), (490, 396), (500, 400)]))
        drawn.append(app.stroke('xy', [(600, 440), (604, 444)], button=3))
        app.key('period')
        app.wait('DRAWN')
    bench.shot('12-corrected')
    app.quit()
    edits = {row['id']: row for row in bench.history(project)}
    slices = [(edits[i]['tool'], edits[i]['box'][2]) for i in drawn]
    z = slices[0][1]
    check(slices == [(tool, z + i) for i in range(3)
                     for tool in ('brush', 'eraser')], slices)

    app = bench.start(project)
    app.wait('READY')
    bench.shot('13-again')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.key('ctrl+e')
    app.find('Export')
    bench.shot('14-export')
    app.press('accept')
    app.save_file(bench.path('out.tif'))
    app.wait('MESSAGE Exported')
    bench.shot('15-exported')
    app.quit(by_signal=True)
    edits = {row['id']: row for row in bench.history(project)}
    check([i for i in drawn if edits[i]['undone']] == drawn[-1:], 'one undone')
    bench.cli('labels', 'export', '--dtype', 'smallest', project,
              bench.path('cli.tif'))
    with open(bench.path('out.tif'), 'rb') as out, \
            open(bench.path('cli.tif'), 'rb') as cli:
        check(out.read() == cli.read(), 'the same labels as by the command line')


driver.run([corrects_a_mitochondrion])
