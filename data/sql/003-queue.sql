-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What a person said of places where the labels were likely wrong. The places
-- themselves are found anew each time, so that they are never out of date.

-- `verdict`: 0 verified, 1 unsure, 2 corrected. `kind`: 0 unsure, 1 tiny, 2
-- hole, 3 end, 4 slice. `labels`, `uncertainty` and `run` are of the box as it
-- was then: a bit of each of 64 voxels, a sum, and the newest run that said a
-- voxel of it (0: none).
CREATE TABLE queue (
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
  checksum INTEGER NOT NULL
) STRICT;
