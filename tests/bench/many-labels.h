/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project of 110,592 labels of one, two and three voxels, so that each order
 * by a column is another. */
#pragma once

#include "../panel-fixture.h"
#include "workspace/label-transfer.h"

enum { N_LABELS = EDGE * EDGE * DEPTH / 2 };

static inline uint32_t
get_label (uint32_t voxel)
{
  static const uint32_t in_six[6] = { 0, 1, 1, 2, 2, 2 };
  return 1 + voxel / 6 * 3 + in_six[voxel % 6];
}

static inline bool
is_asked (int argc, char **argv, const char *part)
{
  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], part))
      return true;
  return argc < 2;
}

/* A stack of the project's size; `get` tells the label of the nth voxel. */
static inline void
write_labels (const char *path, uint32_t (*get) (uint32_t voxel))
{
  const LamTiffLayout layout = { .size = { EDGE, EDGE, DEPTH },
    .dtype = LAM_DTYPE_U32,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer = lam_tiff_writer_new (path, &layout, NULL);
  uint32_t page[EDGE * EDGE];
  for (uint32_t z = 0; z < DEPTH; z++) {
    for (uint32_t i = 0; i < EDGE * EDGE; i++)
      page[i] = get (z * EDGE * EDGE + i);
    lam_tiff_writer_add_page (writer, page, NULL);
  }
  g_assert_true (lam_tiff_writer_finish (writer, NULL));
}

static inline void
imported_cb (GObject *source, GAsyncResult *result, gpointer is_done)
{
  g_autoptr (GError) error = NULL;
  LamImportResult summary;
  lam_workspace_import_finish (
      LAM_WORKSPACE (source), result, &summary, &error);
  g_assert_no_error (error);
  *(bool *)is_done = true;
}

static inline void
make_project (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  set_up (fixture, NULL);
  gtk_window_set_default_size (fixture->window, 900, 900);
  lam_workspace_create_project (
      fixture->workspace, fixture->project, "platelet", &error);
  g_assert_no_error (error);
  g_autofree char *stack = g_build_filename (fixture->folder, "l.tif", NULL);
  write_labels (stack, get_label);
  const LamImportOptions options = { .class_id = 2 };
  bool is_done = false;
  lam_workspace_import_async (
      fixture->workspace, stack, &options, NULL, imported_cb, &is_done);
  wait_until (is_done);
}
