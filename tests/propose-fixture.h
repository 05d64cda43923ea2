/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network that says what it is told to, and writes nothing. */
#pragma once

#include <string.h>

#include "store/model-edit.h"
#include "store/store-models.h"
#include "tools-fixture.h"

/* The class of a voxel; -1: it is silent there. */
typedef int (*ProposeClass) (const int64_t at[3], gconstpointer user_data);

static inline void
propose_brick (LamModelEdit *edit, LamBrickKey key, ProposeClass class,
    gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const LamBox brick = lam_brick_box (key),
               all = lam_box_new (0, 0, 0, EDGE, EDGE, EDGE);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  memset (labels, 0xff, LAM_BRICK_VOXELS * sizeof *labels);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int64_t at[3] = { brick.min[0] + i % 64, brick.min[1] + i / 64 % 64,
      brick.min[2] + i / 4096 };
    const int found = lam_box_contains (&all, at) ? class(at, user_data) : -1;
    if (found < 0)
      continue;
    opinion->firsts[i] = lam_run_opinion_take_class (opinion, found);
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, !found);
    opinion->uncertainties[i] = 20;
  }
  g_assert_true (
      lam_model_edit_write (edit, key, &all, labels, opinion, NULL, &error));
  g_assert_no_error (error);
}

static inline void
propose (Fixture *fixture, ProposeClass class, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (fixture->workspace);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  const int64_t model = lam_store_add_model (store, "m", 0, onnx, &error);
  const LamModelEditInfo info = { lam_store_begin_run (
                                      store, model, "", &error),
    lam_store_get_revision (store, NULL), 0 };
  g_assert_no_error (error);
  LamModelEdit *edit = lam_store_begin_model_edit (store, &info, rows, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 8; i++)
    propose_brick (
        edit, (LamBrickKey){ i % 2, i / 2 % 2, i / 4 }, class, user_data);
  LamModelCounts counts;
  g_autoptr (LamHistoryRow) line =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
}
