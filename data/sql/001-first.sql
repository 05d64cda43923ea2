-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Every table ends in `checksum`: lam_checksum() over the columns before it, in
-- their order, so that a flipped bit in any row is found and not only in a
-- brick. Times are microseconds since 1970, UTC. Boxes are half open, in level-0
-- voxels; an empty box is six zeros.

CREATE TABLE volume (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  path TEXT NOT NULL,
  relative_path TEXT,
  size_x INTEGER NOT NULL,
  size_y INTEGER NOT NULL,
  size_z INTEGER NOT NULL,
  dtype TEXT NOT NULL,
  channel INTEGER NOT NULL,
  nm_x REAL NOT NULL,
  nm_y REAL NOT NULL,
  nm_z REAL NOT NULL,
  file_bytes INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE class (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  rgb INTEGER NOT NULL,
  key INTEGER NOT NULL,
  locked INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  has_instances INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE label (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  class INTEGER NOT NULL
    REFERENCES class (id) DEFERRABLE INITIALLY DEFERRED,
  rgb INTEGER NOT NULL,
  locked INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  original INTEGER NOT NULL, -- 64 unsigned bits, kept in a signed integer
  checksum INTEGER NOT NULL
) STRICT;

-- One history row an act. Edits form a tree: `parent` is the edit the project
-- stood at before this row, `head` the one it stands at after it; an edit's head
-- is itself, an undo's is the parent of what it undid. The newest row's head is
-- where the project stands. `state`: 0 done, 1 undone, 2 undone and given up
-- because something else was done instead.
CREATE TABLE edit (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  who TEXT NOT NULL,
  tool TEXT NOT NULL,
  detail TEXT NOT NULL,
  x0 INTEGER NOT NULL,
  y0 INTEGER NOT NULL,
  z0 INTEGER NOT NULL,
  x1 INTEGER NOT NULL,
  y1 INTEGER NOT NULL,
  z1 INTEGER NOT NULL,
  n_voxels INTEGER NOT NULL,
  n_bricks INTEGER NOT NULL,
  target INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  head INTEGER NOT NULL,
  state INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- `layer` 0 is the labels; from 16 on it is what the run whose voxels have that
-- source thinks of the brick, which is not in `edit_brick`. `key` is
-- lam_brick_key_pack() of a level-0 brick.
CREATE TABLE brick (
  layer INTEGER NOT NULL,
  key INTEGER NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (layer, key)
) STRICT, WITHOUT ROWID;

-- What an edit changed in a brick, both ways. `presence`: 1 the brick was there
-- before, 2 it is there after.
CREATE TABLE edit_brick (
  edit INTEGER NOT NULL
    REFERENCES edit (id) DEFERRABLE INITIALLY DEFERRED,
  layer INTEGER NOT NULL,
  key INTEGER NOT NULL,
  presence INTEGER NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (edit, layer, key)
) STRICT, WITHOUT ROWID;

-- Class and label rows changed by an edit, in order. `kind`: 0 class, 1 label.
-- `before` and `after` hold the row as text, NULL where there was none.
CREATE TABLE edit_row (
  edit INTEGER NOT NULL
    REFERENCES edit (id) DEFERRABLE INITIALLY DEFERRED,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  before TEXT,
  after TEXT,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (edit, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
