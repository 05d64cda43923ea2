-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Which classes count as organelles.

-- `organelle`: 0 as the class's name says, 1 yes, 2 no. In `edit_row` a class
-- has it at its end where it is not 0, so that rows from before this version
-- say 0.
ALTER TABLE class ADD COLUMN organelle INTEGER NOT NULL DEFAULT 0;

-- A row that was damaged stays one that is found to be.
UPDATE class SET checksum =
  CASE WHEN checksum = lam_checksum(
    id, name, rgb, key, locked, hidden, has_instances)
  THEN lam_checksum(
    id, name, rgb, key, locked, hidden, has_instances, 0)
  ELSE ~lam_checksum(
    id, name, rgb, key, locked, hidden, has_instances, 0)
  END;
