# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The maps that are laid over the image instead of the labels."""
import time

import driver
from driver import check


def pixel_until(bench, at, condition, what):
    """The drawn frame may still be under way to the screen."""
    end = time.monotonic() + 10
    while True:
        rgb = bench.pixel(*at)
        if condition(*rgb):
            return rgb
        check(time.monotonic() < end, f'{what}: {rgb}')


def shows_who_said_what(bench):
    project = bench.project('96,96,16')
    app = bench.start(project)
    app.wait('READY')
    app.key('b')
    app.wait('TOOL')
    app.key('3')
    app.wait('CLASS')
    app.stroke('xy', [(30, 40), (60, 44)])
    at = app.panes['xy'].at(45, 42)
    app.move(*at)
    # In words, whatever is drawn.
    app.find('painted by hand')
    aside = app.panes['xy'].at(10, 85)
    app.move(*aside)
    app.gone('painted by hand')
    labels, around = bench.pixel(*at), bench.pixel(*aside)
    check(not any(w.is_called('Who said it') for w in app.widgets()),
          'no legend while the map is off')

    app.key('shift+d')
    app.wait('SOURCE-MAP on')
    pixel_until(bench, at, lambda r, g, b: b > g > r, 'blue where painted')
    check(bench.pixel(*aside) == around, 'nothing where nobody said anything')
    for text in ('Who said it', 'Painted by hand', 'Imported'):
        app.find(text)
    bench.shot('source-map')
    app.key('shift+d')
    app.wait('SOURCE-MAP off')
    app.gone('Who said it')
    pixel_until(bench, at, lambda *rgb: rgb == labels, 'the label again')
    # The same switch by the pointer.
    app.press('Image')
    app.press('show_sources')
    app.wait('SOURCE-MAP on')
    # The same colour for another class: it is about who, not what.
    app.key('2')
    app.wait('CLASS')
    app.stroke('xy', [(30, 60), (60, 64)])
    second = app.panes['xy'].at(45, 62)
    app.move(*aside)
    pixel_until(bench, second, lambda r, g, b: b > g > r, 'blue while painting')
    app.quit()


if __name__ == '__main__':
    driver.run([shows_who_said_what])
