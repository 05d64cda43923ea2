# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Help, version and exit statuses of every command."""
import json
import os
import subprocess

from common import PROGRAM, main, run


def commands():
    names = []
    for line in run("--help").splitlines():
        if line.startswith("  ") and not line.startswith("  lamella-cli"):
            names.append(line[2:].split("  ")[0].split())
    return names


def every_command_is_listed(folder):
    wanted = ["info", "convert", "synthesize", "project create",
              "project info", "project locate", "project check", "project content-hash",
              "labels import", "labels export", "paint", "undo", "redo",
              "history", "snapshot"]
    listed = [" ".join(words) for words in commands()]
    assert [name for name in wanted if name not in listed] == [], listed


def every_command_has_help(folder):
    for words in commands():
        text = run(*words, "--help")
        assert "lamella-cli " + " ".join(words) in text, text
        assert "--help" in text


def first_words_have_help(folder):
    """“project --help” lists what a project can be asked."""
    groups = {words[0] for words in commands() if len(words) > 1}
    assert {"project", "labels"} <= groups, groups
    for group in groups:
        listed = [line.split()[:2] for line in run(group, "--help").splitlines()
                  if line.startswith("  ")]
        assert listed == [w for w in commands() if w[0] == group], listed
    run("no-such-command", "--help", code=2)


def version(folder):
    assert run("--version").startswith("lamella-cli ")


def wrong_calls_end_with_2(folder):
    for words in commands():
        run(*words, "--no-such-option", code=2)
        run(*words, "a", "b", "c", "d", code=2)
    run("no-such-command", code=2)
    run("project", code=2)
    run("project", "no-such-verb", code=2)
    done = subprocess.run([PROGRAM], capture_output=True, text=True)
    assert done.returncode == 2 and "--help" in done.stderr


def no_name_is_empty(folder):
    """As of a variable of the shell that was never set."""
    for words in (["predict", "a.tif", "-o", "b.tif", "-m", ""],
                  ["segment", "a.tif", "-o", "b.tif", "-m", "a", "-m", ""],
                  ["train", "-i", "a.tif", "-l", "", "-o", "a.onnx"]):
        text = run(*words, code=2)
        assert " names no file" in text and "--" in text, text
    assert "VOLUME" in run("info", "", code=2)


def wrong_values_name_the_option(folder):
    for option, value in [("--size", "10,10"), ("--size", "0,10,10"),
                          ("--size", "1e3,10,10"), ("--size", "9,9,9,9"),
                          ("--voxel-size", "1,2,-3"),
                          ("--voxel-size", "nan,1,1"), ("--seed", "-1")]:
        text = run("synthesize", "-o", folder, f"{option}={value}", code=2)
        assert option in text, text
    text = run("synthesize", "-o", folder, "--classes", "nucleus", code=2)
    assert "nucleus" in text and "mitochondrion" in text
    run("synthesize", code=2)
    run("convert", "a.tif", "b.png", code=2)


def awkward_file_names(folder):
    project = os.path.join(folder, "-a.lamella")
    image = os.path.join(folder, "a.tif")
    run("synthesize", "--image", image, "--size", "20,20,2")
    run("project", "create", image, "-o", project)
    text = run("history", "--json", "--", "-a.lamella", cwd=folder)
    assert json.loads(text) == []
    # Bytes that are no text in any language we print.
    odd = os.path.join(os.fsencode(folder), b"b\xff.lamella")
    os.link(project, odd)
    said = subprocess.run([PROGRAM, "project", "info", "--json", odd],
                          capture_output=True, check=True)
    assert json.loads(said.stdout.decode("utf-8"))["class"] == 7


main([every_command_is_listed, every_command_has_help,
      first_words_have_help, version,
      wrong_calls_end_with_2, no_name_is_empty,
      wrong_values_name_the_option, awkward_file_names])
