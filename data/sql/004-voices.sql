-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What other persons say of voxels, beside the labels and never in them: a
-- second annotator's word on a region, or what a merge with another project did
-- not take.

-- `kind`: 0 a second annotator, 1 a merge. `region`: which an annotator looked
-- at, else 0. `edit`: the merge's, without which it says nothing; else 0.
CREATE TABLE voice (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  time INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  region INTEGER NOT NULL,
  edit INTEGER NOT NULL,
  x0 INTEGER NOT NULL,
  y0 INTEGER NOT NULL,
  z0 INTEGER NOT NULL,
  x1 INTEGER NOT NULL,
  y1 INTEGER NOT NULL,
  z1 INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- Bricks as in `brick`. Source 0: the voice says nothing of that voxel.
CREATE TABLE voice_brick (
  voice INTEGER NOT NULL
    REFERENCES voice (id) DEFERRABLE INITIALLY DEFERRED,
  key INTEGER NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (voice, key)
) STRICT, WITHOUT ROWID;

-- An annotator's labels are its own; those of a merge are the project's.
CREATE TABLE voice_label (
  voice INTEGER NOT NULL
    REFERENCES voice (id) DEFERRABLE INITIALLY DEFERRED,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  class INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (voice, id)
) STRICT, WITHOUT ROWID;

-- Which projects were merged into this one. `row` and `time`: of the last row
-- of the other's history that was seen. The maps say what an id there is here,
-- where it is another: GVariant text, a{xx}.
CREATE TABLE merged (
  edit INTEGER PRIMARY KEY
    REFERENCES edit (id) DEFERRABLE INITIALLY DEFERRED,
  row INTEGER NOT NULL,
  time INTEGER NOT NULL,
  classes TEXT NOT NULL,
  labels TEXT NOT NULL,
  regions TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
