-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What persons say of places: points, bookmarks, comments, measurements.

-- `kind`: a word of the person's or one that the program knows: 'bookmark',
-- 'comment', 'question', 'distance', 'area', 'angle', … `author`, `time`: who
-- wrote it first, and when (µs since 1970, UTC); what became of it later is in
-- the history. `geometry`: corners, 24 bytes each: x, y and z in level-0 voxels
-- (a voxel's middle is at +0.5), as IEEE doubles in little endian. In `edit_row`
-- an annotation is of kind 3.
CREATE TABLE annotation (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  author TEXT NOT NULL,
  time INTEGER NOT NULL,
  geometry BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- What `merged` says of ids, for kinds of rows that came later: `kind` as in
-- `edit_row`.
CREATE TABLE merged_ids (
  edit INTEGER NOT NULL
    REFERENCES merged (edit) DEFERRABLE INITIALLY DEFERRED,
  kind INTEGER NOT NULL,
  ids TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (edit, kind)
) STRICT, WITHOUT ROWID;
