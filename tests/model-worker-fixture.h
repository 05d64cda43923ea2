/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project on a made-up image with a small network of random weights, and the
 * worker that runs it beside the person. */
#pragma once

#include <string.h>

#include "nn/metadata.h"
#include "nn/onnx-write.h"
#include "nn/preset.h"
#include "project-fixture.h"
#include "volume/tiff-writer.h"
#include "workspace/model-worker-private.h"
#include "workspace/project-models.h"

enum { X = 230, Y = 150, Z = 24 };

typedef struct {
  Project project;
  char *image, *onnx;
  LamModelWorker *worker; /* Owned */
  uint32_t label;
  char *failed; /* Owned; what the worker said last */
} Fixture;

/* --- files --------------------------------------------------------------- */

static inline void
write_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = {
    .size = { X, Y, Z }, .dtype = LAM_DTYPE_U8, .voxel_size_nm = { 10, 10, 40 }
  };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  static uint8_t page[X * Y];
  for (int z = 0; z < Z; z++) {
    for (int i = 0; i < X * Y; i++)
      page[i] = (uint8_t)((i % X / 9 * 37 + i / X / 7 * 91 + z * 13) % 251);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static inline void
write_layers (const char *path, const char *layers, const char *const *classes,
    uint64_t seed)
{
  static const double grey[2] = { 120, 70 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strconcat (path, ".network", NULL);
  g_autofree char *preset_text =
      g_strconcat ("[network]\nnorm = none\n[layers]\n", layers, NULL);
  g_assert_true (g_file_set_contents (text, preset_text, -1, NULL));
  g_autoptr (LamPreset) preset = lam_preset_open (text, &error);
  g_assert_no_error (error);
  g_autoptr (LamNetwork) network = lam_preset_build (
      preset, (int)g_strv_length ((char **)classes), seed, &error);
  g_assert_no_error (error);
  lam_metadata_set_lines (network, LAM_METADATA_CLASSES, classes);
  lam_metadata_set_numbers (network, LAM_METADATA_NORMALISATION, grey);
  g_assert_true (lam_network_check (network, &error));
  g_assert_true (lam_onnx_write (network, path, 0, &error));
  g_unlink (text);
}

/* Each voxel by itself and its neighbours. */
static inline void
write_random_model (const char *path, const char *const *classes, uint64_t seed)
{
  write_layers (path, "a = block image 4\nlogits = conv a classes@1x1x1\n",
      classes, seed);
}

static inline void
write_model (const char *path, const char *const *classes)
{
  write_random_model (path, classes, 3);
}

static const char *const fitting[] = { "background", "Cell", "mitochondrion",
  NULL };

/* --- fixture ------------------------------------------------------------- */

static inline int64_t
add_model (Fixture *fixture, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_add_model_async (
      fixture->project.workspace, path, NULL, project_keep_result, &result);
  return lam_workspace_add_model_finish (
      fixture->project.workspace, project_run_until (&result), error);
}

static inline bool
activate (Fixture *fixture, int64_t id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_activate_model_async (
      fixture->project.workspace, id, project_keep_result, &result);
  return lam_workspace_activate_model_finish (
      fixture->project.workspace, project_run_until (&result), error);
}

static inline void
failed_cb (LamModelWorker *worker, const char *text, Fixture *fixture)
{
  g_free (fixture->failed);
  fixture->failed = g_strdup (text);
}

static inline void
start (Fixture *fixture)
{
  fixture->worker = lam_model_worker_new (fixture->project.workspace, 1, false);
  g_signal_connect (fixture->worker, "failed", G_CALLBACK (failed_cb), fixture);
}

static inline void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  Project *project = &fixture->project;
  project->folder = g_dir_make_tmp ("lam-worker-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  fixture->image = g_build_filename (project->folder, "a.tif", NULL);
  fixture->onnx = g_build_filename (project->folder, "net α.onnx", NULL);
  write_image (fixture->image);
  write_model (fixture->onnx, fitting);
  project->workspace = lam_workspace_open (fixture->image, NULL, NULL, &error);
  g_assert_no_error (error);
  lam_workspace_create_project (
      project->workspace, project->project, "platelet", &error);
  g_assert_no_error (error);
  int64_t id = add_model (fixture, fixture->onnx, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, ==, 1);
  activate (fixture, id, &error);
  g_assert_no_error (error);
  fixture->label = project_add_label (project, 1);
  project_wait (project);
  start (fixture);
}

static inline void
stop (Fixture *fixture)
{
  project_wait (&fixture->project);
  project_close (&fixture->project);
  g_assert_cmpint (
      g_list_model_get_n_items (lam_model_worker_get_jobs (fixture->worker)),
      ==, 0);
  g_assert_finalize_object (fixture->worker);
  fixture->worker = NULL;
}

static inline void
reopen (Fixture *fixture)
{
  fixture->project.workspace = project_open (fixture->project.project, 0);
  start (fixture);
  /* What an earlier opening left without an answer is read by then. */
  while (fixture->worker->picking_up)
    g_main_context_iteration (NULL, true);
}

static inline void
tear_down (Fixture *fixture, gconstpointer unused)
{
  project_assert_clean (&fixture->project);
  stop (fixture);
  project_tear_down (&fixture->project, NULL);
  g_free (fixture->image);
  g_free (fixture->onnx);
  g_free (fixture->failed);
}

static inline guint
count_jobs (Fixture *fixture)
{
  return g_list_model_get_n_items (lam_model_worker_get_jobs (fixture->worker));
}

/* Until nothing is left to be done. */
static inline void
settle (Fixture *fixture)
{
  while (count_jobs (fixture) > 0 && !fixture->failed)
    g_main_context_iteration (NULL, true);
  project_wait (&fixture->project);
}

static inline int64_t
paint (Fixture *fixture, double x, double y, double z)
{
  g_autoptr (GError) error = NULL;
  int64_t edit;
  project_stroke (&fixture->project, fixture->label, x, y, z);
  lam_workspace_wait (fixture->project.workspace, &edit, &error);
  g_assert_no_error (error);
  return edit;
}

static inline LamHistoryRow *
newest (Fixture *fixture, guint back)
{
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (fixture->project.workspace), 0, (int)back + 1,
      false, NULL);
  return rows->len > back ? g_ptr_array_steal_index (rows, back) : NULL;
}

static inline LamProbe
probe (Fixture *fixture, int64_t x, int64_t y, int64_t z)
{
  project_label_at (&fixture->project, x, y, z);
  return lam_workspace_probe (
      fixture->project.workspace, (const int64_t[3]){ x, y, z });
}
