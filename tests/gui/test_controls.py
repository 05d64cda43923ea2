# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""What stands beside the panes: panels and dialogs, by pointer and keys. What
came of it is read from the project file after the program has ended."""
import subprocess
import time

import driver
from driver import check
from panels import begin, paint, rows


def settings(project):
    return dict(rows(project, 'select name, value from setting'))


def changes_how_the_image_looks(bench):
    project, app = begin(bench)
    paint(app, '2', 20)
    app.press('Image')
    app.find('histogram')
    app.key('Home')
    x, y = app.panes['xy'].at(70.5, 70.5)
    before = bench.pixel(x, y)
    app.enter('low', '0')
    app.xdo('key', 'Tab')
    app.wait('DRAWN')
    app.enter('high', '1')
    app.xdo('key', 'Tab')
    app.wait('DRAWN')
    check(becomes(bench, (x, y), lambda p: p == (255, 255, 255)),
          'white from 1 on')
    app.press('auto_button')
    app.wait('DRAWN')
    bench.shot('image-panel')
    check(becomes(bench, (x, y), lambda p: p == before), 'as it was opened')
    app.press('invert')
    app.wait('DRAWN')
    inverse = bench.pixel(x, y)
    check(all(abs(a + b - 255) <= 2 for a, b in zip(before, inverse)),
          f'{before} {inverse}')
    app.press('invert')
    app.press('interpolate')
    app.wait('DRAWN')
    # Over the label: weaker, then nothing but the image.
    x, y = app.panes['xy'].at(45.5, 20.5)
    red, green, blue = bench.pixel(x, y)
    check(blue - red > 30, f'coloured: {red} {green} {blue}')
    scale = app.find('fill_scale')
    app.click(scale.x + 12, scale.middle()[1])
    app.wait('DRAWN')
    app.drag([scale.middle(), (scale.x + 2, scale.middle()[1])])
    app.wait('DRAWN')
    app.key('o')
    app.wait('DRAWN')
    app.key('a')
    app.wait('DRAWN')
    bar = app.find('histogram')
    app.drag([(bar.x + bar.width - 3, bar.y + 20), (bar.x + bar.width / 2, bar.y + 20)])
    app.wait('DRAWN')
    bench.shot('image-panel-changed')
    app.quit()
    kept = {name.removeprefix('display.'): float(value)
            for name, value in settings(project).items()
            if name.startswith('display.')}
    check(kept['interpolate'] == 1 and kept['invert'] == 0
          and abs(kept['label-opacity'] - 0.1) < 1e-6
          and kept['outline-opacity'] == 0 and kept['low'] > 0
          and kept['high'] < 40000, kept)


def becomes(bench, at, is_wanted):
    """Whether the screen's pixel does within a while: a frame that was drawn
    may still be the one before."""
    end = time.monotonic() + 10
    while not is_wanted(bench.pixel(*at)):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def holds_tab_to_see_the_image(bench):
    project, app = begin(bench)
    paint(app, '2', 20)
    app.move(*app.panes['xy'].at(80, 80))
    app.find('Saved')
    at = app.panes['xy'].at(45.5, 20.5)
    check(becomes(bench, at, lambda p: len(set(p)) > 1), 'the label has a colour')
    app.xdo('keydown', 'Tab')
    check(becomes(bench, at, lambda p: len(set(p)) == 1), 'grey while Tab is held')
    app.xdo('keyup', 'Tab')
    check(becomes(bench, at, lambda p: len(set(p)) > 1), 'back')
    app.quit()


def one_side_gives_way(bench):
    """Where both do not fit beside the images, none lies over them."""
    project, app = begin(bench)
    app.xdo('search', '--onlyvisible', '--name', 'Lamella$', 'windowsize', 1024,
            640)
    app.find('right_button', until=lambda w: w.state != 'on')
    app.press('right_button')
    app.find('left_button', until=lambda w: w.state != 'on')
    side = app.find('LamBrushPanel', until=lambda w: w.x > 640)
    area = app.find('pane_yz')
    check(area.x + area.width <= side.x, f'{area} {side}')
    app.press('left_button')
    app.find('right_button', until=lambda w: w.state != 'on')
    app.quit(by_signal=True)


def goes_to_a_position(bench):
    project, app = begin(bench)
    app.key('ctrl+g')
    app.find('Go to Position')
    app.enter('place', '10, 20, 3')
    bench.shot('goto')
    app.key('Return')
    app.gone('Go to Position')
    app.find('xy    z 3 / 15')
    app.find('yz    x 10 / 95')
    app.quit(by_signal=True)


def sets_the_voxel_size(bench):
    project, app = begin(bench)
    app.press('Main menu (F10)')
    bench.shot('menu')
    app.press('Voxel Size…')
    app.find('Voxel Size')
    app.enter('x', '8')
    app.enter('z', '24')
    app.press('accept')
    app.wait('DRAWN')
    app.find('96 × 96 × 16 voxels of 8 × 8 × 24 nm')
    app.quit(by_signal=True)


def asks_for_the_channel(bench):
    path = bench.path('colour.tif')
    subprocess.run(['convert', '-size', '64x48', 'xc:rgb(10,200,90)', path],
                   check=True)
    app = bench.start(path)
    app.wait('NEEDS-CHANNEL')
    app.find('Choose a Channel')
    bench.shot('channel')
    app.press('Channel 2')
    app.press('accept')
    app.wait('READY')
    app.quit(by_signal=True)


def bind(app, title, key):
    """In the list of keys: another one for that row."""
    app.enter('search', title)
    app.gone('Next slice')
    app.press(title)
    app.find('Press the new keys…')
    app.key(key)
    app.gone('Press the new keys…')


def binds_other_keys(bench):
    project, app = begin(bench)
    app.key('ctrl+comma')
    app.press('Keyboard shortcuts')
    app.find('LamKeysDialog')
    app.type('crosshair on')
    app.gone('Next slice')
    app.press('Crosshair on or off')
    app.find('Press the new keys…')
    app.key('a')
    app.find('A Is Taken')
    bench.shot('keys-swap')
    app.press('_Swap')
    app.gone('A Is Taken')
    bench.shot('keys')
    app.focus('Keyboard Shortcuts')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus('Preferences')
    app.key('Escape')
    app.gone('AdwPreferencesWindow')
    app.focus()
    app.press('Image')
    check(app.find('show_crosshair').state == 'on', 'a crosshair')
    app.key('a')
    app.find('show_crosshair', until=lambda w: w.state != 'on')
    # Tooltips say the new keys, within a text as well as behind it.
    app.find('Classes and labels (F9)')
    app.find('New object of the chosen class (C)')
    app.key('F1')
    app.find('LamKeysDialog')
    bind(app, 'Classes and labels', 'F8')
    bind(app, 'New object of the same class', 'F6')
    bind(app, 'Undo', 'F7')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    app.find('Classes and labels (F8)')
    app.find('New object of the chosen class (F6)')
    app.find('Undo (F7)')
    # From its search, Escape first shows every row again, then closes.
    app.key('F1')
    app.find('LamKeysDialog')
    app.enter('search', 'no such key')
    app.find('Nothing Found')
    app.key('Escape')
    app.gone('Nothing Found')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    # F1 lists them; all are set back.
    app.key('F1')
    app.find('LamKeysDialog')
    bench.shot('shortcuts')
    app.press('reset_all')
    app.find('reset_all', until=lambda w: w.state == 'off')
    app.key('Escape')
    app.gone('LamKeysDialog')
    app.focus()
    app.key('h')
    app.find('show_crosshair', until=lambda w: w.state == 'on')
    app.quit()


driver.run([
    changes_how_the_image_looks,
    holds_tab_to_see_the_image,
    one_side_gives_way,
    goes_to_a_position,
    sets_the_voxel_size,
    asks_for_the_channel,
    binds_other_keys,
])
