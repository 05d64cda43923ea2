-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What persons write about a region, and about what they said of a place.

-- `note`: free text, '' for none. In `edit_row` a region has it at its end;
-- rows from before this version have none, which says ''.
CREATE TABLE region_with_note (
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
  note TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- A row that was damaged stays one that is found to be.
INSERT INTO region_with_note
  SELECT id, name, x0, y0, z0, x1, y1, z1, role, review, '',
    CASE WHEN checksum = lam_checksum(
      id, name, x0, y0, z0, x1, y1, z1, role, review)
    THEN lam_checksum(
      id, name, x0, y0, z0, x1, y1, z1, role, review, '')
    ELSE ~lam_checksum(
      id, name, x0, y0, z0, x1, y1, z1, role, review, '')
    END
  FROM region;
DROP TABLE region;
ALTER TABLE region_with_note RENAME TO region;

CREATE TABLE queue_with_note (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL, -- µs since 1970, UTC
  verdict INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  score REAL NOT NULL,
  x0 INTEGER NOT NULL,
  y0 INTEGER NOT NULL,
  z0 INTEGER NOT NULL,
  x1 INTEGER NOT NULL,
  y1 INTEGER NOT NULL,
  z1 INTEGER NOT NULL,
  labels INTEGER NOT NULL,
  uncertainty INTEGER NOT NULL,
  run INTEGER NOT NULL,
  note TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

INSERT INTO queue_with_note
  SELECT id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels,
    uncertainty, run, '',
    CASE WHEN checksum = lam_checksum(
      id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels,
      uncertainty, run)
    THEN lam_checksum(
      id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels,
      uncertainty, run, '')
    ELSE ~lam_checksum(
      id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels,
      uncertainty, run, '')
    END
  FROM queue;
DROP TABLE queue;
ALTER TABLE queue_with_note RENAME TO queue;
