-- Copyright The Lamella authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What an edit did to what runs think of bricks, so that undo takes it back.

-- `layer` and `key` as in `brick`. `data` is the other side: while the edit is
-- done what the run thought before it, while it is undone what it thought after
-- it, of the voxels that differ. '': that is not known any more.
CREATE TABLE edit_opinion (
  edit INTEGER NOT NULL
    REFERENCES edit (id) DEFERRABLE INITIALLY DEFERRED,
  layer INTEGER NOT NULL,
  key INTEGER NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (edit, layer, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX edit_opinion_of_brick ON edit_opinion (layer, key, edit);

-- What the edits before this version replaced was not kept.
INSERT INTO edit_opinion
  SELECT model_edit.edit, run + 16, key, x'',
    lam_checksum(model_edit.edit, run + 16, key, x'')
  FROM model_edit JOIN edit_brick ON edit_brick.edit = model_edit.edit
    JOIN edit ON edit.id = model_edit.edit JOIN run AS of_run
    ON of_run.id = run
  WHERE layer = 0;
