# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A training set out of the window, by keys: refused, changed, written, and
sound."""
import os

import driver
from driver import check


def exports_a_training_set(bench):
    project = bench.project()
    for name, box, role, state in (
            ('a', '0,0,0,90,128,20', 'train', 'verified'),
            ('b', '96,0,0,160,128,20', 'validation', 'in progress')):
        bench.cli('region', 'add', project, name, '-b', box, '-r', role, '-s',
                  state)
    out = bench.path('set')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+e')
    app.find('finds_guard')
    bench.shot('dialog')
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
    app.press('fills')
    app.press('accept')
    app.save_file(out)
    app.wait('CURATED 2')
    app.find('Training Set Exported')
    bench.shot('exported')
    app.xdo('key', 'Escape')
    app.gone('Training Set Exported')
    app.quit(by_signal=True)
    bench.cli('check-training', out)


driver.run([exports_a_training_set])
