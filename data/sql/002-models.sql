-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Networks in the project, what they wrote, and the regions a person named.

-- A state of a network. `parent`: the state that it was trained on from, or 0.
-- `removed`: its bytes are gone; the row stays, since runs refer to it.
CREATE TABLE model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  time INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  hash TEXT NOT NULL, -- SHA-256 of the ONNX file
  n_bytes INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- The ONNX file, cut into parts.
CREATE TABLE model_part (
  model INTEGER NOT NULL
    REFERENCES model (id) DEFERRABLE INITIALLY DEFERRED,
  number INTEGER NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (model, number)
) STRICT, WITHOUT ROWID;

-- A model with its settings at work. The source of its voxels is 16 + id. The
-- same model with the same settings is the same run, however often it works, so
-- that the numbers last; the box is around all that it worked on.
CREATE TABLE run (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 65519),
  model INTEGER NOT NULL
    REFERENCES model (id) DEFERRABLE INITIALLY DEFERRED,
  settings TEXT NOT NULL,
  time INTEGER NOT NULL,
  x0 INTEGER NOT NULL,
  y0 INTEGER NOT NULL,
  z0 INTEGER NOT NULL,
  x1 INTEGER NOT NULL,
  y1 INTEGER NOT NULL,
  z1 INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- Which edits a run made. `cause`: the newest edit that it answers, and is taken
-- back with; 0: a person asked for it, so it is an act of its own.
CREATE TABLE model_edit (
  edit INTEGER PRIMARY KEY
    REFERENCES edit (id) DEFERRABLE INITIALLY DEFERRED,
  run INTEGER NOT NULL
    REFERENCES run (id) DEFERRABLE INITIALLY DEFERRED,
  cause INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- `role`: 0 work, 1 train, 2 validation, 3 test, 4 ignore. `review`: 0 not
-- started, 1 in progress, 2 verified, 3 flagged. In `edit_row` a region is of
-- kind 2.
CREATE TABLE region (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  x0 INTEGER NOT NULL,
  y0 INTEGER NOT NULL,
  z0 INTEGER NOT NULL,
  x1 INTEGER NOT NULL,
  y1 INTEGER NOT NULL,
  z1 INTEGER NOT NULL,
  role INTEGER NOT NULL,
  review INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
