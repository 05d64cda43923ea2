/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests of the workspace: a project without an image in a folder of its
 * own, and strokes on it. */
#pragma once

#include <glib/gstdio.h>

#include "base/error.h"
#include "workspace/labelling.h"
#include "workspace/painting.h"

typedef struct {
  char *folder;
  char *project;
  LamWorkspace *workspace;
} Project;

enum { PROJECT_X = 200, PROJECT_Y = 140, PROJECT_Z = 70 };

static inline LamWorkspace *
project_open (const char *path, int64_t label_bytes)
{
  g_autoptr (GError) error = NULL;
  LamWorkspaceSettings settings = { .label_bytes = label_bytes };
  LamWorkspace *workspace = lam_workspace_open (path, NULL, &settings, &error);
  g_assert_no_error (error);
  return workspace;
}

static inline void
project_create (const char *path)
{
  g_autoptr (GError) error = NULL;
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  LamVolumeRow row = { .path = (char *)"/none.tif",
    .dtype = (char *)"uint8",
    .size = { PROJECT_X, PROJECT_Y, PROJECT_Z },
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamStore) store =
      lam_store_create (path, &row, classes, n, &error);
  g_assert_no_error (error);
  g_assert_true (lam_store_close (store, NULL));
}

static inline void
project_set_up (Project *project, gconstpointer unused)
{
  project->folder = g_dir_make_tmp ("lam-project-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  project_create (project->project);
  project->workspace = project_open (project->project, 0);
}

static inline void
project_close (Project *project)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_close (project->workspace, false, &error);
  g_assert_no_error (error);
  g_assert_finalize_object (project->workspace);
  project->workspace = NULL;
}

static inline void
project_tear_down (Project *project, gconstpointer unused)
{
  if (project->workspace)
    project_close (project);
  g_autoptr (GDir) dir = g_dir_open (project->folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (project->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (project->folder);
  g_free (project->folder);
  g_free (project->project);
}

static inline void
project_wait (Project *project)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_wait (project->workspace, NULL, &error);
  g_assert_no_error (error);
}

/* Ids from the project's first label on. */
static inline uint32_t
project_add_label (Project *project, int32_t class_id)
{
  g_autoptr (GError) error = NULL;
  LamLabel row = {
    .name = (char *)"", .class_id = class_id, .rgb = LAM_RGB_AUTO
  };
  uint32_t id = lam_workspace_add_label (project->workspace, &row, &error);
  g_assert_no_error (error);
  return id;
}

static inline void
project_press (Project *project, uint32_t label, double x, double y, double z)
{
  g_autoptr (GError) error = NULL;
  LamBrush brush = {
    .plane = LAM_PLANE_XY, .radius_nm = 60, .depth = 1, .label = label
  };
  lam_workspace_begin_stroke (
      project->workspace, label ? "brush" : "eraser", &brush, &error);
  g_assert_no_error (error);
  lam_workspace_add_sample (
      project->workspace, (const double[3]){ x, y, z }, 1);
}

static inline void
project_stroke (Project *project, uint32_t label, double x, double y, double z)
{
  project_press (project, label, x, y, z);
  lam_workspace_end_stroke (project->workspace);
}

static inline uint32_t
project_label_at (Project *project, int64_t x, int64_t y, int64_t z)
{
  const int64_t voxel[3] = { x, y, z };
  uint32_t label;
  /* Not the image too: many tests look at every voxel. */
  if (lam_label_map_try_voxel (
          lam_workspace_get_labels (project->workspace), voxel, &label, NULL))
    return label;
  for (;;) {
    LamProbe probe = lam_workspace_probe (project->workspace, voxel);
    if (probe.has_label)
      return probe.label;
    g_main_context_iteration (NULL, true);
  }
}

static inline const LamLabel *
project_row (Project *project, uint32_t label)
{
  return lam_class_table_get_label (
      lam_workspace_get_classes (project->workspace), label);
}

static inline void
project_assert_clean (Project *project)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  lam_store_check (
      lam_workspace_get_store (project->workspace), problems, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *)problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
}

static inline void
project_keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static inline GAsyncResult *
project_run_until (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, true);
  return *result;
}
