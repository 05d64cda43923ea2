# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Drives the window as a person would: real pointer and key events of an X
server of its own, and the lines the program prints instead of waiting a while.

A test file defines functions that take an App factory and lists them to
run(); the result is TAP.
"""
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

PATIENCE_SECONDS = 60
# Of GLib, and of a build with sanitisers.
SIGNS_OF_ERRORS = ('-WARNING **', '-CRITICAL **', ': runtime error: ',
                   'ERROR: AddressSanitizer')
SCREEN = os.environ.get('LAM_TEST_SCREEN', '1600x1000')


class Skip(Exception):
    """Something that the test needs is not on this computer."""


class Pane:
    """Where a slice pane is in the window and what of the volume it shows."""

    def __init__(self, fields):
        self.x, self.y, self.width, self.height = map(int, fields[:4])
        self.left, self.top, self.right, self.bottom = map(float, fields[4:])

    def at(self, u, v):
        """The screen's pixel of a point of the volume's slice."""
        return (self.x + (u - self.left) / (self.right - self.left) * self.width,
                self.y + (v - self.top) / (self.bottom - self.top) * self.height)

    def middle(self):
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def voxels_per_px(self):
        return (self.right - self.left) / self.width


class Unanswered(AssertionError):
    """The program is there, but what was to come did not."""


class Widget:
    """A widget on the screen, as the program describes it."""

    def __init__(self, line):
        fields = line.split('\t')
        self.type, self.id = fields[1:3]
        self.x, self.y, self.width, self.height = map(int, fields[3:7])
        self.state, self.text = fields[7].rstrip('~'), '\t'.join(fields[8:])
        self.is_under_pointer = fields[7].endswith('~')

    def middle(self):
        return self.x + self.width / 2, self.y + self.height / 2

    def is_called(self, name):
        return name in (self.id, self.text, self.type)

    def __repr__(self):
        return (f'{self.type} {self.id} {self.x},{self.y} '
                f'{self.width}x{self.height} {self.state} “{self.text}”')


class App:
    """One run of the program."""

    def __init__(self, program, *arguments, env=None):
        self.program = program
        self.lines = queue.Queue()
        self.kept = []  # lines that were printed between those asked for
        self.log = []
        self.panes = {}
        self.process = subprocess.Popen(
            [program, '--announce', *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(env or {})})
        self.errors = []
        threading.Thread(target=self._read_lines, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()
        self.wait('LISTENING')

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip('\n'))
        self.lines.put(None)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.rstrip('\n'))

    def _take(self, line):
        self.log.append(line)
        fields = line.split()
        if fields and fields[0] == 'PANE':
            self.panes[fields[1]] = Pane(fields[2:])

    def _next(self, seconds):
        """The next line of the program; None when there is none in time."""
        try:
            line = self.lines.get(timeout=max(0.01, seconds))
        except queue.Empty:
            return None
        if line is None:
            raise AssertionError(self.report('the program has ended'))
        return line

    def forget(self):
        """What was printed up to now is no answer to what is done next."""
        for line in self.kept:
            self._take(line)
        self.kept.clear()
        while not self.lines.empty():
            self._take(self._next(0))

    def wait(self, *starts, seconds=PATIENCE_SECONDS):
        """The next line that starts with one of `starts`."""
        end = time.monotonic() + seconds
        while True:
            line = (self.kept.pop(0) if self.kept
                    else self._next(end - time.monotonic()))
            if line is None:
                raise Unanswered(self.report(f'no {" or ".join(starts)} in time'))
            self._take(line)
            if line.startswith(starts):
                return line

    def wait_until_still(self, seconds=1):
        """Until nothing was drawn or said for so long."""
        self.forget()
        while line := self._next(seconds):
            self._take(line)

    def report(self, what):
        return '\n'.join([f'{what} (exit {self.process.poll()})', *self.log[-30:], *self.errors[-30:]])

    # What is on the screen.

    def widgets(self):
        """All of them; those of a window that lies above others come later."""
        self.process.send_signal(signal.SIGUSR1)
        found, others = [], []
        while (line := self._next(PATIENCE_SECONDS) or '') != 'WIDGETS':
            if line.startswith('WIDGET\t'):
                found.append(Widget(line))
            else:
                others.append(line)
        self.kept += others
        return found

    def find(self, name, nth=-1, until=lambda widget: True):
        """The widget with that id or text once it is there, has its place and
        is as `until` asks; of several the topmost, or the `nth`."""
        end = time.monotonic() + PATIENCE_SECONDS / 3
        before = None
        while True:
            widgets = self.widgets()
            found = [w for w in widgets if w.is_called(name) and until(w)]
            if len(found) > max(nth, 0) and repr(found) == before:
                return found[nth]
            before = repr(found)
            if time.monotonic() > end:
                top = max(i for i, w in enumerate(widgets)
                          if w.id == w.type)
                shown = '\n'.join(map(repr, widgets[top:]))
                raise Unanswered(self.report(f'no “{name}” in\n{shown}\n'))
            time.sleep(0.04)

    def shows(self, name, beginning):
        """Waits until such a text is there, which may be another at once."""
        end = time.monotonic() + PATIENCE_SECONDS / 3
        while not any(w.is_called(name) and w.text.startswith(beginning)
                      for w in self.widgets()):
            if time.monotonic() > end:
                raise Unanswered(self.report(f'no “{beginning}” in {name}'))
            time.sleep(0.04)

    def gone(self, name, seconds=PATIENCE_SECONDS / 3):
        """Waits until there is no such widget."""
        end = time.monotonic() + seconds
        while any(w.is_called(name) for w in self.widgets()):
            if time.monotonic() > end:
                raise Unanswered(self.report(f'“{name}” stays'))
            time.sleep(0.04)

    def press(self, name, nth=-1, button=1):
        """Clicks on the widget once it can be used."""
        widget = self.point_at(name, nth)
        self.click(*widget.middle(), button)
        return widget

    def point_at(self, name, nth=-1):
        """Until the program knows that the pointer is there: what has just
        opened is found before it is on the screen, where a click would go to
        what lies below, and may still come to lie elsewhere. Not every widget
        says so."""
        end = time.monotonic() + 1
        before = None
        while True:
            widget = self.find(name, nth, lambda w: w.state != 'off')
            if repr(widget) != before:
                self.move(*widget.middle())
                before = repr(widget)
            elif widget.is_under_pointer or time.monotonic() > end:
                return widget
            time.sleep(0.04)

    def press_away(self, name, other):
        """Presses until the other widget has gone: what has just opened takes
        input only once it is on the screen, which the program cannot know."""
        for _ in range(4):
            self.press(name)
            try:
                return self.gone(other, seconds=3)
            except AssertionError:
                pass
        raise Unanswered(self.report(f'{other} stays, for all of {name}'))

    def press_until(self, name, other):
        """Presses until the other widget is there: what was open before may
        take the first click."""
        for _ in range(4):
            self.press(name)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                if any(w.is_called(other) for w in self.widgets()):
                    return
                time.sleep(0.04)
        raise Unanswered(self.report(f'no {other}, for all of {name}'))

    def choose_file(self, path):
        """In a file chooser, as one who knows the path."""
        self.find('GtkFileChooserDialog')
        self.xdo('key', 'ctrl+l')
        self.find('location_entry_box')
        self.xdo('key', 'ctrl+a')
        self.type(path)
        # The first Return may go to the list of completions.
        for _ in range(5):
            self.xdo('key', 'Return')
            try:
                return self.gone('GtkFileChooserDialog', seconds=2)
            except AssertionError:
                pass
        raise Unanswered(self.report(f'the chooser stays on {path}'))

    def save_file(self, path):
        """In a file chooser that asks where to write to."""
        self.find('GtkFileChooserDialog')
        self.find('GtkFileChooserEntry')
        self.xdo('key', 'ctrl+a')
        self.type(path)
        self.xdo('key', 'Return')
        self.gone('GtkFileChooserDialog')

    def zoom_to(self, plane, u, v, clicks=4):
        """Closer by the wheel; the point stays under the pointer."""
        before = self.panes[plane].voxels_per_px
        self.wheel(*self.panes[plane].at(u, v), -clicks, 'ctrl')
        for _ in range(clicks):
            self.wait('DRAWN')
            if self.panes[plane].voxels_per_px < before / 1.2 ** clicks:
                return

    def enter(self, name, text):
        """Writes into the entry in place of what is there."""
        self.double_click(*self.find(name).middle())
        self.xdo('key', 'ctrl+a')
        self.type(text)

    # Input. Each waits for the X server, not for the program.

    def xdo(self, *words):
        subprocess.run(['xdotool', *map(str, words)], check=True)

    def focus(self, title='Lamella$'):
        """Gives the keys to a window, by default the main one, as a window
        manager does when a dialog has gone."""
        self.xdo('search', '--onlyvisible', '--name', title, 'windowfocus',
                 '--sync')

    def key(self, *keys):
        self.forget()
        self.xdo('key', '--delay', '20', *keys)

    def type(self, text):
        self.xdo('type', '--delay', '15', text)

    def move(self, x, y):
        self.xdo('mousemove', round(x), round(y))

    def click(self, x, y, button=1, held=None, seconds=0):
        self.forget()
        # A tooltip of where the pointer was gives way first.
        words = ['mousemove', round(x), round(y), 'sleep', '0.15',
                 'mousedown', button, 'sleep', seconds, 'mouseup', button]
        if held:
            words = ['keydown', held, *words, 'keyup', held]
        self.xdo(*words)

    def click_until(self, x, y, start):
        """Clicks until it is answered: a new window takes input only once it
        is on the screen, which the program cannot know."""
        for _ in range(PATIENCE_SECONDS // 3):
            self.click(x, y)
            try:
                return self.wait(start, seconds=3)
            except AssertionError:
                if self.process.poll() is not None:
                    raise
        raise Unanswered(self.report(f'no {start} however often clicked'))

    def double_click(self, x, y):
        self.forget()
        self.xdo('mousemove', round(x), round(y), 'click', '--repeat', 2,
                 '--delay', 60, 1)

    def double_click_until(self, name, where):
        """On a busy computer two clicks can come too far apart to be one
        double click: a person tries again, and so does this."""
        for _ in range(5):
            self.double_click(*self.find(where, nth=0).middle())
            end = time.monotonic() + 3
            while time.monotonic() < end:
                if any(w.is_called(name) for w in self.widgets()):
                    return
                time.sleep(0.1)
        raise Unanswered(self.report(f'no “{name}” by double clicks'))

    def wheel(self, x, y, clicks, *held):
        """Down for positive clicks, with keys held."""
        self.forget()
        words = ['mousemove', round(x), round(y)]
        for name in held:
            words += ['keydown', name]
        words += ['click', '--repeat', abs(clicks), '--delay', '30',
                  5 if clicks > 0 else 4]
        for name in held:
            words += ['keyup', name]
        self.xdo(*words)

    def drag(self, points, button=1, held=()):
        self.forget()
        words = []
        for name in held:
            words += ['keydown', name]
        x, y = points[0]
        words += ['mousemove', round(x), round(y), 'mousedown', button]
        for x, y in points[1:]:
            words += ['mousemove', round(x), round(y), 'sleep', '0.01']
        words += ['mouseup', button]
        for name in held:
            words += ['keyup', name]
        self.xdo(*words)

    def stroke(self, plane, points, button=1, held=()):
        """Paints through points of the slice; the number of the edit."""
        pane = self.panes[plane]
        self.drag([pane.at(u, v) for u, v in points], button, held)
        return int(self.wait('SAVED').split()[1])

    def press_close(self):
        """The button of the window that closes it."""
        header = self.find('header', nth=0)
        self.click(header.x + header.width - 24, header.y + header.height / 2)

    def quit(self, by_signal=False):
        """Closes the window by Ctrl+Q; by a signal where, with no window
        manager, the keys go nowhere after a dialog."""
        if by_signal:
            self.process.terminate()
        else:
            self.xdo('key', 'ctrl+q')
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(self.report('it did not quit')) from None
        if self.process.returncode != 0:
            raise AssertionError(
                self.report(f'it ended with {self.process.returncode}'))
        self.check_quiet()

    def check_quiet(self):
        bad = [line for line in self.errors
               if any(sign in line for sign in SIGNS_OF_ERRORS)]
        if bad:
            raise AssertionError('\n'.join(bad))

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def read_pixels(*command):
    """What an ImageMagick command that ends in rgb:- writes."""
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return list(zip(data[0::3], data[1::3], data[2::3]))


class Bench:
    """What a test has at hand: the programs and a folder of its own."""

    def __init__(self, build):
        self.program = os.path.join(build, 'src', 'lamella')
        self.cli_program = os.path.join(build, 'src', 'lamella-cli')
        self.folder = tempfile.mkdtemp(prefix='lamella-gui-')
        self.apps = []

    def start(self, *arguments, env=None):
        app = App(self.program, *arguments, env=env)
        self.apps.append(app)
        return app

    def cli(self, *words):
        return subprocess.run(
            [self.cli_program, *map(str, words)], check=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout

    def json(self, *words):
        return json.loads(self.cli(*words, '--json'))

    def path(self, name):
        return os.path.join(self.folder, name)

    def volume(self, size='160,128,24', name='image'):
        """A small made-up image; its path. It is made up once for all cases."""
        first = os.path.join(os.environ['HOME'], f'made-up-{size}.tif')
        if not os.path.exists(first):
            self.cli('synthesize', '--size', size, '--image', first)
        return shutil.copyfile(first, self.path(name + '.tif'))

    def project(self, size='160,128,24', name='image'):
        """A project on such an image; its path."""
        self.cli('project', 'create', self.volume(size, name))
        return self.path(name + '.lamella')

    def hash(self, project):
        return self.cli('project', 'content-hash', project).strip()

    def history(self, project):
        return self.json('history', project)

    def shot(self, name):
        """A picture of the screen, for people; kept where LAM_TEST_SHOTS says."""
        folder = os.environ.get('LAM_TEST_SHOTS')
        if folder:
            subprocess.run(['import', '-window', 'root',
                            os.path.join(folder, name + '.png')], check=True)

    def pixel(self, x, y):
        """Red, green and blue of the screen, 0 to 255."""
        text = subprocess.run(
            ['import', '-window', 'root', '-crop', f'1x1+{round(x)}+{round(y)}',
             '-depth', '8', 'rgb:-'], check=True, stdout=subprocess.PIPE).stdout
        return tuple(text[:3])

    def grab(self, x, y, width, height):
        """A part of the screen: a list of (red, green, blue), row by row."""
        return read_pixels(
            'import', '-window', 'root',
            '-crop', f'{width}x{height}+{x}+{y}', '-depth', '8', 'rgb:-')

    def clear(self):
        for app in self.apps:
            app.kill()
        self.apps.clear()

    def remove(self):
        self.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def data(*parts):
    """A file of the real data, or Skip."""
    folder = os.environ.get('LAM_TEST_DATA', '')
    path = os.path.join(folder, *parts)
    if not folder or not os.path.exists(path):
        raise Skip('no ' + os.path.join(*parts))
    return path


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run_case(case, build):
    """What TAP says behind its name; False: it failed; or Unanswered."""
    bench = Bench(build)
    try:
        case(bench)
        return None
    except Skip as skip:
        return f'# SKIP {skip}'
    except Exception as error:  # noqa: a failure is a result here
        bench.shot('failed-' + case.__name__)
        print('# ' + traceback.format_exc().replace('\n', '\n# '))
        if isinstance(error, Unanswered):
            raise
        return False
    finally:
        bench.remove()


def tell_second_try(case):
    """For those who count the results."""
    folder = os.environ.get('LAM_TEST_RESULTS')
    if folder:
        with open(os.path.join(folder, 'second-tries.txt'), 'a') as file:
            name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
            file.write(f'{name}: {case.__name__}\n')


def run_case_twice(case, build):
    """An X server without a window manager loses a key or a click once in some
    thousand: where the program has not answered, one more try is given. It is
    told of: a case that often needs it is a defect."""
    for is_second in (False, True):
        try:
            result = run_case(case, build)
        except Unanswered:
            continue
        if is_second and result is None:
            tell_second_try(case)
            return '# the second try'
        return result
    return False


def run(cases, with_gl=()):
    """TAP for every case; in an X server and a session bus of its own. The
    panes are drawn with GL in any case; all around them is, too, only in the
    cases `with_gl`, where how the window looks is what is tested: without a
    graphics card that takes a third of the processor's time."""
    for program in ('xdotool', 'xvfb-run', 'dbus-run-session'):
        if not shutil.which(program):
            print(f'1..0 # SKIP {program} is not installed')
            return
    if 'LAM_TEST_INSIDE' not in os.environ:
        home = tempfile.mkdtemp(prefix='lamella-home-')
        # What moves on its own would be drawn by the processor, many times.
        calm = os.path.join(home, 'config', 'gtk-4.0')
        os.makedirs(calm)
        with open(os.path.join(calm, 'settings.ini'), 'w') as file:
            file.write('[Settings]\ngtk-enable-animations=0\n')
        # Shaders are compiled for the processor once, not by every test.
        shaders = os.path.join(sys.argv[1], 'shader-cache')
        os.makedirs(shaders, exist_ok=True)
        env = {**os.environ, 'LAM_TEST_INSIDE': '1', 'GDK_BACKEND': 'x11',
               'HOME': home, 'XDG_RUNTIME_DIR': home,
               'XDG_CACHE_HOME': home + '/cache',
               'XDG_DATA_HOME': home + '/share',
               'XDG_CONFIG_HOME': home + '/config', 'GTK_A11Y': 'none',
               'MESA_SHADER_CACHE_DIR': shaders}
        code = subprocess.call(
            ['dbus-run-session', '--', 'xvfb-run', '-a', '-s',
             f'-screen 0 {SCREEN}x24', sys.executable, *sys.argv],
            env=env, stderr=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
        sys.exit(code)
    build = sys.argv[1]
    wanted = sys.argv[2:]
    cases = [case for case in cases if not wanted or case.__name__ in wanted]
    print(f'1..{len(cases)}')
    failed = False
    for number, case in enumerate(cases, 1):
        os.environ['GSK_RENDERER'] = 'gl' if case in with_gl else 'cairo'
        result = run_case_twice(case, build)
        failed = failed or result is False
        print('not ok' if result is False else 'ok', number, case.__name__,
              result or '', flush=True)
    sys.exit(1 if failed else 0)
