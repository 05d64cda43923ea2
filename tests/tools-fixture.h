/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project on an image of 100³ voxels of 10 × 10 × 40 nm, and a tool box that
 * gets made-up events. */
#pragma once

#include <glib/gstdio.h>

#include "base/error.h"
#include "tools/tool.h"
#include "volume/tiff-writer.h"
#include "workspace/labelling.h"

#define EDGE 100

typedef struct {
  char *folder;
  LamWorkspace *workspace;
  LamToolBox *box;
  LamCamera camera;
} Fixture;

static inline void
write_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { EDGE, EDGE, EDGE },
    .dtype = LAM_DTYPE_U8,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  g_autofree uint8_t *page = g_new0 (uint8_t, EDGE * EDGE);
  for (int z = 0; z < EDGE; z++)
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

/* One device pixel a voxel of 10 nm, the volume's corner at pixel 0. */
static inline LamCamera
make_camera (LamPlane plane)
{
  LamCamera camera = { .plane = plane,
    .centre_nm = { 500, 500, 2000 },
    .nm_per_px = 10,
    .width_px = 100,
    .height_px = 100,
    .voxel_size_nm = { 10, 10, 40 },
    .size = { EDGE, EDGE, EDGE } };
  return camera;
}

/* On the image that `write` makes. */
static inline void
set_up_on (Fixture *fixture, void (*write) (const char *path))
{
  g_autoptr (GError) error = NULL;
  fixture->folder = g_dir_make_tmp ("lam-tools-XXXXXX", NULL);
  g_autofree char *image = g_build_filename (fixture->folder, "a.tif", NULL);
  g_autofree char *project =
      g_build_filename (fixture->folder, "a.lamella", NULL);
  write (image);
  fixture->workspace = lam_workspace_open (image, NULL, NULL, &error);
  g_assert_no_error (error);
  lam_workspace_create_project (
      fixture->workspace, project, "platelet", &error);
  g_assert_no_error (error);
  fixture->box = lam_tool_box_new (fixture->workspace);
  fixture->camera = make_camera (LAM_PLANE_XY);
  lam_workspace_set_active_class (fixture->workspace, 2);
}

static inline void
set_up (Fixture *fixture, gconstpointer unused)
{
  set_up_on (fixture, write_image);
}

static inline void
tear_down (Fixture *fixture, gconstpointer unused)
{
  lam_tool_box_free (fixture->box);
  lam_workspace_close (fixture->workspace, true, NULL);
  g_assert_finalize_object (fixture->workspace);
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
}

/* --- helpers ------------------------------------------------------------ */

static inline bool
drag (Fixture *fixture, const char *tool, LamPointerFlags flags, double x0,
    double y0, double x1, double y1)
{
  lam_tool_box_set_tool (fixture->box, lam_tool_find (tool));
  LamPointerEvent event = {
    .x_px = x0, .y_px = y0, .pressure = 1, .flags = flags
  };
  g_autoptr (GError) error = NULL;
  if (!lam_tool_box_press (fixture->box, &fixture->camera, &event, &error)) {
    g_assert_nonnull (error);
    return false;
  }
  event.x_px = x1;
  event.y_px = y1;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  lam_workspace_wait (fixture->workspace, NULL, &error);
  g_assert_no_error (error);
  return true;
}

static inline uint32_t
label_at (Fixture *fixture, int64_t x, int64_t y, int64_t z)
{
  const int64_t voxel[3] = { x, y, z };
  uint32_t label;
  /* Not the image too: many tests look at every voxel. */
  if (lam_label_map_try_voxel (
          lam_workspace_get_labels (fixture->workspace), voxel, &label, NULL))
    return label;
  LamProbe probe = lam_workspace_probe (fixture->workspace, voxel);
  while (!probe.has_label) {
    g_main_context_iteration (NULL, true);
    probe = lam_workspace_probe (fixture->workspace, voxel);
  }
  return probe.label;
}
