# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""The window, used with mouse and keyboard; what came of it is read back with
the command line."""
import os
import shutil
import time

import driver
from driver import check, data

# Of a window of 1400 × 900 in the corner of the screen.
ACCEPT = (436, 28)
VOXEL_SIZE_X = (330, 150)
NOTICE_BUTTON = (1260, 77)


def box_of(edit):
    """An edit's box as (min, max) of three."""
    box = edit['box']
    return (box['min'], box['max']) if isinstance(box, dict) else (box[:3], box[3:])


def middle(pane):
    return (pane.left + pane.right) / 2, (pane.top + pane.bottom) / 2


def opens_an_image(bench):
    app = bench.start(bench.volume())
    app.wait('READY')
    check(set(app.panes) == {'xy', 'xz', 'yz'}, f'three slices: {app.panes}')
    xy, xz = app.panes['xy'], app.panes['xz']
    check(abs(xy.voxels_per_px - xz.voxels_per_px) < 1e-3, 'one scale')
    # 40 nm deep voxels are four times as high as they are wide.
    tall = (xz.bottom - xz.top) / xz.height
    check(abs(xz.voxels_per_px / tall - 4) < 0.02, 'true proportions')
    bench.shot('image')
    # Painting needs a project, and asks for one.
    app.key('b')
    app.wait('TOOL brush')
    x, y = xy.middle()
    app.drag([(x, y), (x + 10, y), (x + 20, y)])
    app.wait('NEEDS-PROJECT')
    time.sleep(1)
    bench.shot('needs-project')
    app.quit(by_signal=True)


def scrolls_zooms_and_pans(bench):
    app = bench.start(bench.project())
    app.wait('READY')
    pane = app.panes['xy']
    x, y = pane.middle()
    app.wheel(x, y, 3)
    app.wait('DRAWN')
    app.key('period')
    app.wait('DRAWN')
    before = pane.voxels_per_px
    app.wheel(x + 20, y + 10, -2, 'ctrl')
    app.wait('DRAWN')
    pane = settle(app, 'xy', lambda p: p.voxels_per_px < before * 0.7)
    check(abs(app.panes['xz'].voxels_per_px - pane.voxels_per_px) < 1e-3,
          'all panes zoom')
    left = pane.left
    app.drag([(x, y), (x + 30, y), (x + 60, y)], button=2)
    settle(app, 'xy', lambda p: p.left < left - 50 * p.voxels_per_px)
    app.key('Home')
    settle(app, 'xy', lambda p: abs(p.voxels_per_px - before) < 1e-3)
    # It closes with the menu of a pane open.
    app.click(*app.panes['xy'].at(40, 40), 3)
    app.find('Centre here')
    app.quit(by_signal=True)


def settle(app, plane, condition):
    """Waits until a drawn frame shows what it should."""
    end = time.monotonic() + 10
    while not condition(app.panes[plane]):
        check(time.monotonic() < end, app.report('the view is not as it should be'))
        app.wait('DRAWN', seconds=10)
    return app.panes[plane]


def paints_in_each_pane(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    axis_across = {'xy': 2, 'xz': 1, 'yz': 0}
    edits = {}
    for plane in ('xy', 'xz', 'yz'):
        app.key('2')
        app.wait('CLASS 2')
        u, v = middle(app.panes[plane])
        dv = 4 if plane == 'xz' else 10
        edits[plane] = app.stroke(plane, [(u - 20, v), (u, v + dv), (u + 20, v)]
                                  if plane != 'yz' else
                                  [(u - 4, v - 10), (u, v), (u + 4, v + 10)])
    bench.shot('painted')
    under = app.stroke('xy', [(40.5, 30.5), (90.5, 30.5), (90.5, 80.5)])
    app.quit()
    rows = {row['id']: row for row in bench.history(project)}
    for plane, number in edits.items():
        low, high = box_of(rows[number])
        check(high[axis_across[plane]] - low[axis_across[plane]] == 1,
              f'one slice in {plane}: {low} {high}')
        check(all(b - a > 1 for i, (a, b) in enumerate(zip(low, high))
                  if i != axis_across[plane]), f'a line in {plane}')
    low, high = box_of(rows[under])
    margin = 12  # the brush's radius and a pixel of the screen
    check(abs(low[0] - 40) < margin and abs(high[0] - 90) < margin
          and abs(low[1] - 30) < margin and abs(high[1] - 80) < margin,
          f'under the pointer: {low} {high}')
    bench.cli('project', 'check', project)


def is_coloured(pixel):
    return max(pixel) - min(pixel) > 30


def compare_pane(bench, project, plane, pane):
    """A pane of the window against the same slice drawn off-screen, which
    test-view holds to golden pictures. They differ where the window draws
    more: around the slice, at the crosshair, and on the selected label."""
    across, down, through = {'xy': (0, 1, 2), 'xz': (0, 2, 1), 'yz': (2, 1, 0)}[plane]
    info = bench.json('info', bench.path('image.tif'))
    nm, size = info['voxel_size_nm'], info['size']
    position = [0, 0, 0]
    position[across], position[down] = middle(pane)
    position[through] = size[through] // 2
    picture = bench.path(f'{plane}.png')
    bench.cli('snapshot', project, '-o', picture, '--plane', plane,
              '--size', f'{pane.width}x{pane.height}', '--no-scale-bar',
              '--zoom', f'{pane.voxels_per_px * nm[across]:.6f}', '--force',
              '--position', ','.join(f'{p:.3f}' for p in position))
    wanted = driver.read_pixels('convert', picture, '-depth', '8', 'rgb:-')
    seen = bench.grab(pane.x, pane.y, pane.width, pane.height)
    left, top = (round(c) - o for c, o in zip(pane.at(0, 0), (pane.x, pane.y)))
    right, bottom = (round(c) - o for c, o in zip(
        pane.at(size[across], size[down]), (pane.x, pane.y)))
    n_grey = n_other = n_label = n_uncoloured = 0
    for y in range(max(top, 40) + 2, min(bottom, pane.height - 40) - 2):
        for x in range(max(left, 0) + 2, min(right, pane.width) - 2):
            if abs(x - pane.width / 2) < 4 or abs(y - pane.height / 2) < 4:
                continue
            a, b = (p[y * pane.width + x] for p in (wanted, seen))
            if is_coloured(a):
                n_label += 1
                n_uncoloured += not is_coloured(b)
            else:
                n_grey += 1
                n_other += max(abs(i - j) for i, j in zip(a, b)) > 8
    check(n_grey > 10000 and n_label > 100,
          f'{plane}: {n_grey} pixels of the image, {n_label} of the label')
    check(n_other < 0.01 * n_grey,
          f'{plane}: {n_other} of {n_grey} pixels of the image are not as wanted')
    check(n_uncoloured < 0.2 * n_label,
          f'{plane}: {n_uncoloured} of {n_label} pixels of the label have no colour')


def overview_pane(app):
    """Its drawn part: no slice, so the program announces no voxels for it."""
    xz, yz = app.panes['xz'], app.panes['yz']
    return driver.Pane([yz.x, xz.y, yz.width, xz.height, 0, 0, 1, 1])


def compare_overview(bench, project, app):
    """The three planes in space, as off-screen: the volume's box, the cut
    labels and the planes' frames are where they should be."""
    pane = overview_pane(app)
    picture = bench.path('overview.png')
    size = bench.json('info', bench.path('image.tif'))['size']
    bench.cli('snapshot', project, '-fo', picture, '--plane', 'overview',
              '--size', f'{pane.width}x{pane.height}', '--no-scale-bar',
              '--position', ','.join(str(n // 2 + 0.5) for n in size))
    wanted = driver.read_pixels('convert', picture, '-depth', '8', 'rgb:-')
    seen = bench.grab(pane.x, pane.y, pane.width, pane.height)
    n_shown = n_other = 0
    for y in range(40, pane.height):
        for x in range(pane.width):
            a, b = (p[y * pane.width + x] for p in (wanted, seen))
            if max(a) < 40:
                continue
            n_shown += 1
            n_other += max(abs(i - j) for i, j in zip(a, b)) > 48
    check(n_shown > 10000, f'{n_shown} pixels of the overview')
    check(n_other < 0.05 * n_shown,
          f'overview: {n_other} of {n_shown} pixels are not as wanted')


def panes_look_as_they_should(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('2')
    app.wait('CLASS 2')
    u, v = middle(app.panes['xy'])
    for step in (0, 10):
        app.stroke('xy', [(u - 30, v - 10), (u + 30, v + 20 + step)])
    u, v = middle(app.panes['xz'])
    app.stroke('xz', [(u - 30, v - 4), (u + 30, v + 3)])
    u, v = middle(app.panes['yz'])
    app.stroke('yz', [(u - 4, v - 30), (u + 3, v + 30)])
    # The brush's ring is gone, and the last frame is on the screen.
    app.move(2, int(driver.SCREEN.split('x')[1]) - 2)
    end = time.monotonic() + 20
    while True:
        try:
            for plane in ('xy', 'xz', 'yz'):
                compare_pane(bench, project, plane, app.panes[plane])
            compare_overview(bench, project, app)
            break
        except AssertionError:
            if time.monotonic() > end:
                bench.shot('panes')
                raise
            time.sleep(0.5)
    app.quit()


def erases_undoes_and_redoes(bench):
    project = bench.project()
    empty = bench.hash(project)
    app = bench.start(project)
    app.wait('READY')
    app.key('3')
    app.wait('CLASS 3')
    u, v = middle(app.panes['xy'])
    line = [(u - 20, v), (u, v), (u + 20, v)]
    app.stroke('xy', line)
    app.stroke('xy', line, button=3)
    app.key('e')
    app.wait('TOOL eraser')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.key('ctrl+z')
    app.wait('DRAWN')
    app.quit()
    check(bench.hash(project) == empty, 'undone to the beginning')
    app = bench.start(project)
    app.wait('READY')
    app.key('ctrl+shift+z')
    app.wait('DRAWN')
    app.quit()
    check(bench.hash(project) != empty, 'redone after a restart')
    tools = [row['tool'] for row in bench.history(project)]
    check('brush' in tools and 'eraser' in tools, tools)


def stroke_survives_kill(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('2')
    app.wait('CLASS 2')
    u, v = middle(app.panes['xy'])
    number = app.stroke('xy', [(u, v), (u + 20, v + 5)])
    app.kill()
    check(any(row['id'] == number for row in bench.history(project)),
          'the stroke is there')
    app = bench.start(project)
    app.wait('READY')
    bench.shot('after-kill')
    app.quit()


def reopens_where_it_was(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    x, y = app.panes['xy'].middle()
    app.wheel(x, y, -4, 'ctrl')
    before = app.panes['xy'].voxels_per_px
    app.wait('DRAWN')
    seen = settle(app, 'xy', lambda p: p.voxels_per_px < before / 2)
    app.quit()
    seen = app.panes['xy']
    app = bench.start(project)
    app.wait('READY')
    check(abs(app.panes['xy'].voxels_per_px - seen.voxels_per_px) < 0.02,
          'the same scale')
    app.quit()


def picks_a_label(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('1')
    app.wait('CLASS 1')
    u, v = middle(app.panes['xy'])
    app.stroke('xy', [(u, v), (u + 10, v)])
    app.key('c')
    app.wait('MESSAGE')
    app.stroke('xy', [(u, v - 30), (u + 10, v - 30)])
    app.move(*app.panes['xy'].at(u + 5, v))
    app.key('i')
    app.wait('PICKED 1')
    app.move(*app.panes['xy'].at(u + 5, v - 30))
    app.key('i')
    app.wait('PICKED 2')
    app.quit()


def voxels_per_px(pane):
    return (pane.right - pane.left) / pane.width


def maximises_one_pane(bench):
    app = bench.start(bench.project())
    app.wait('READY')
    width, scale = app.panes['xz'].width, voxels_per_px(app.panes['xz'])
    app.move(*app.panes['xz'].middle())
    app.key('f')
    # What was seen as a whole fills the larger pane.
    settle(app, 'xz', lambda p: p.width > width * 1.5
           and voxels_per_px(p) < 0.8 * scale)
    bench.shot('maximised')
    app.key('f')
    settle(app, 'xz', lambda p: abs(p.width - width) < 4
           and abs(voxels_per_px(p) / scale - 1) < 0.02)
    # What was zoomed stays as it is.
    app.key('plus')
    settle(app, 'xz', lambda p: voxels_per_px(p) < 0.95 * scale)
    scale = voxels_per_px(app.panes['xz'])
    # By the name of the pane as well.
    caption = app.find('xz    y 64 / 127')
    app.double_click(*caption.middle())
    settle(app, 'xz', lambda p: p.width > width * 1.5)
    check(abs(voxels_per_px(app.panes['xz']) / scale - 1) < 0.01, 'as zoomed')
    app.double_click(*app.find('xz    y 64 / 127').middle())
    settle(app, 'xz', lambda p: abs(p.width - width) < 4)
    # The four stay alike when the window changes its size.
    for size in ((1120, 700), (1500, 900)):
        app.forget()
        app.xdo('search', '--onlyvisible', '--name', 'Lamella$', 'windowsize',
                *size)
        settle(app, 'yz', lambda p: abs(p.width - app.panes['xy'].width) < 4
               and p.x + p.width > size[0] / 2)
    check(app.panes['xz'].width == app.panes['xy'].width, 'one cross')
    app.quit()


def refuses_bad_files(bench):
    empty = bench.path('empty.tif')
    open(empty, 'w').close()
    app = bench.start(empty)
    line = app.wait('OPEN-FAILED')
    check('empty.tif' in line, line)
    time.sleep(1)
    bench.shot('bad-file')
    app.quit(by_signal=True)


def shows_labels_without_the_image(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('2')
    app.wait('CLASS 2')
    u, v = middle(app.panes['xy'])
    app.stroke('xy', [(u - 20, v), (u + 20, v)])
    app.quit()
    os.rename(bench.path('image.tif'), bench.path('elsewhere.tif'))
    app = bench.start(project)
    check('image.tif' in app.wait('NOTICE'), 'the file is named')
    app.wait('READY')
    # Beside the crosshair; the pane around the image is not as black.
    x, y = app.panes['xy'].at(u + 15, v + 3)
    red, green, blue = bench.pixel(x, y)
    check(max(red, green, blue) > 30, f'a label at {x}, {y}')
    check(max(bench.pixel(x, y - 60)) == 0, 'black where nothing is')
    bench.shot('missing-image')
    app.quit()


def begins_a_project_through_the_dialogs(bench):
    """An image that does not say how large its voxels are."""
    image = data('lucchi', 'train-image.tif')
    copy = shutil.copy(image, bench.path('stack.tif'))
    app = bench.start(copy)
    # With no window manager dialogs lie in the corner of the screen.
    app.wait('DIALOG voxel-size')
    app.wait('READY')
    app.double_click(*VOXEL_SIZE_X)
    app.key('ctrl+a')
    app.type('5')
    app.key('Tab')
    app.click_until(*ACCEPT, 'DRAWN')
    app.click_until(*NOTICE_BUTTON, 'DIALOG project')
    app.click_until(*ACCEPT, 'PROJECT')
    bench.shot('begun')
    app.quit(by_signal=True)
    info = bench.json('project', 'info', bench.path('stack.lamella'))
    check(info['image']['voxel_size_nm'][:2] == [5, 5], info)


def opens_read_only_beside_another(bench):
    project = bench.project()
    first = bench.start(project)
    first.wait('READY')
    # A second program on another bus: the first does not answer for it.
    second = bench.start(project, env={'DBUS_SESSION_BUS_ADDRESS': 'disabled:'})
    second.wait('READY')
    bench.shot('read-only')
    second.kill()
    first.kill()


def strokes_wait_while_the_disk_refuses(bench):
    project = bench.project()
    app = bench.start(project)
    app.wait('READY')
    app.key('2')
    app.wait('CLASS 2')
    u, v = middle(app.panes['xy'])
    app.stroke('xy', [(u, v), (u + 10, v)])
    shutil.move(project, bench.path('gone.lamella'))
    app.drag([app.panes['xy'].at(u, v + 20), app.panes['xy'].at(u + 9, v + 20)])
    app.wait('SAVE-FAILED')
    app.wait('DRAWN')
    bench.shot('not-saved')
    app.xdo('key', 'ctrl+q')
    app.wait('NOT-SAVED')
    time.sleep(1)
    bench.shot('closing-unsaved')
    app.kill()


driver.run([
    opens_an_image,
    scrolls_zooms_and_pans,
    paints_in_each_pane,
    panes_look_as_they_should,
    erases_undoes_and_redoes,
    stroke_survives_kill,
    reopens_where_it_was,
    picks_a_label,
    maximises_one_pane,
    refuses_bad_files,
    shows_labels_without_the_image,
    begins_a_project_through_the_dialogs,
    opens_read_only_beside_another,
    strokes_wait_while_the_disk_refuses,
], with_gl=(opens_an_image, panes_look_as_they_should, maximises_one_pane,
            shows_labels_without_the_image, begins_a_project_through_the_dialogs))
