# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""What several of the tests do with the panels beside the panes."""
import sqlite3
import time

from driver import Unanswered, check


def rows(project, text):
    connection = sqlite3.connect(f'file:{project}?mode=ro', uri=True)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def in_row(app, text, name):
    """The widget `name` in the row of a list that says `text`."""
    y = app.find(text).middle()[1]
    beside = [w for w in app.widgets()
              if w.is_called(name) and w.y <= y < w.y + w.height]
    check(beside, f'no {name} beside {text}')
    return beside[0]


def press_in_row(app, text, name):
    """A click so soon after a menu has gone can be lost; but one that was
    answered is not made again, as it would be undone."""
    before = in_row(app, text, name)
    app.click(*before.middle())
    if name == 'Colour':
        return
    for i in range(1, 400):
        if in_row(app, text, name).text != before.text:
            app.wait('SAVED')
            return
        if i % 100 == 0:
            app.click(*before.middle())
        time.sleep(0.05)
    raise Unanswered(app.report(f'{name} of {text} cannot be pressed'))


def begin(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    return project, app


def paint(app, key, v):
    """An object as a short line; its number."""
    app.key(key)
    app.wait(f'CLASS {key}')
    app.key('c')
    app.wait('MESSAGE')
    return app.stroke('xy', [(30, v), (60, v)])
