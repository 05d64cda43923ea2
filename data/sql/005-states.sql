-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- How far a person is with a label, and the group that it is in.

-- `state`: 0 not started, 1 in progress, 2 completed, 3 flagged. `in_group`:
-- names with '/' between them, '' for none. In `edit_row` a label has both at
-- its end; rows from before this version have neither, which says 0 and ''.
CREATE TABLE label_with_state (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  class INTEGER NOT NULL
    REFERENCES class (id) DEFERRABLE INITIALLY DEFERRED,
  rgb INTEGER NOT NULL,
  locked INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  original INTEGER NOT NULL, -- 64 unsigned bits, kept in a signed integer
  state INTEGER NOT NULL,
  in_group TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- A row that was damaged stays one that is found to be.
INSERT INTO label_with_state
  SELECT id, name, class, rgb, locked, hidden, deleted, original, 0, '',
    CASE WHEN checksum = lam_checksum(
      id, name, class, rgb, locked, hidden, deleted, original)
    THEN lam_checksum(
      id, name, class, rgb, locked, hidden, deleted, original, 0, '')
    ELSE ~lam_checksum(
      id, name, class, rgb, locked, hidden, deleted, original, 0, '')
    END
  FROM label;
DROP TABLE label;
ALTER TABLE label_with_state RENAME TO label;
