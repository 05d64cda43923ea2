/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A small project with labels and strokes, and a window to put panels in.
 * With LAM_TEST_PICTURES set to a folder, show() leaves a PNG there of what it
 * put on screen, to be looked at. */
#pragma once

#include <adwaita.h>
#include <glib/gstdio.h>

#include "volume/tiff-writer.h"
#include "workspace/labelling.h"
#include "workspace/models.h"
#include "workspace/painting.h"

#define PATIENCE_SECONDS 20
#define EDGE 96
#define DEPTH 24

typedef struct {
  char *folder, *image, *project;
  LamWorkspace *workspace;
  GtkWindow *window;
} Fixture;

/* --- waiting ------------------------------------------------------------ */

/* Runs the main loop until `condition`, an expression, holds. */
#define wait_until(condition) \
  do { \
    gint64 end_ = g_get_monotonic_time () + PATIENCE_SECONDS * G_USEC_PER_SEC; \
    while (!(condition)) { \
      g_main_context_iteration (NULL, FALSE); \
      g_usleep (500); \
      if (g_get_monotonic_time () > end_) \
        g_error ("waited in vain for %s", #condition); \
    } \
  } while (0)

static inline void
run_for (int milliseconds)
{
  gint64 end =
      g_get_monotonic_time () + milliseconds * G_GINT64_CONSTANT (1000);
  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

/* --- finding ------------------------------------------------------------ */

static inline GtkWidget *
find_nth (GtkWidget *widget, const char *type, int *n)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), g_type_from_name (type))
      && gtk_widget_get_mapped (widget) && (*n)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_nth (child, type, n);
    if (found)
      return found;
  }
  return NULL;
}

/* The n-th widget on screen of a type that is named, from 0. */
static inline GtkWidget *
find (gpointer root, const char *type, int n)
{
  if (!g_type_from_name (type))
    return NULL;
  return find_nth (GTK_WIDGET (root), type, &n);
}

static inline int
count (gpointer root, const char *type)
{
  int n = 0;
  while (find (root, type, n))
    n++;
  return n;
}

/* A template child of a widget, by its id. */
static inline gpointer
child_of (gpointer widget, const char *name)
{
  GObject *child = gtk_widget_get_template_child (
      GTK_WIDGET (widget), G_OBJECT_TYPE (widget), name);
  g_assert_nonnull (child);
  return child;
}

static inline GtkWindow *
find_window (const char *type)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);
    if (g_str_equal (G_OBJECT_TYPE_NAME (window), type)
        && gtk_widget_get_mapped (GTK_WIDGET (window)))
      return window;
  }
  return NULL;
}

/* Answers the open question, as its button would. */
static inline void
answer (const char *response)
{
  GtkWindow *question = find_window ("AdwMessageDialog");
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (question), response);
  gtk_window_destroy (question);
}

static inline bool
list_has (GtkWidget *panel, guint n)
{
  GtkWidget *list = find (panel, "GtkListView", 0);
  GtkSelectionModel *model =
      list ? gtk_list_view_get_model (GTK_LIST_VIEW (list)) : NULL;
  return model && g_list_model_get_n_items (G_LIST_MODEL (model)) == n;
}

/* --- looking ------------------------------------------------------------ */

static inline void
take_picture (gpointer widget, const char *name)
{
  const char *folder = g_getenv ("LAM_TEST_PICTURES");
  if (!folder)
    return;
  run_for (400);
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (widget));
  int width = gtk_widget_get_width (GTK_WIDGET (native));
  int height = gtk_widget_get_height (GTK_WIDGET (native));
  g_autoptr (GdkPaintable) paintable =
      gtk_widget_paintable_new (GTK_WIDGET (native));
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, GDK_SNAPSHOT (snapshot), width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  if (!node)
    return;
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (
      gtk_native_get_renderer (native), node, NULL);
  g_autofree char *path = g_strdup_printf ("%s/%s.png", folder, name);
  gdk_texture_save_to_png (texture, path);
  gsk_render_node_unref (node);
}

/* Puts a panel into the window and waits until it is on screen. */
static inline void
show (Fixture *fixture, GtkWidget *panel, const char *name)
{
  adw_window_set_content (ADW_WINDOW (fixture->window), panel);
  gtk_window_present (fixture->window);
  wait_until (gtk_widget_get_mapped (panel));
  take_picture (panel, name);
}

/* --- the project -------------------------------------------------------- */

static inline void
write_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { EDGE, EDGE, DEPTH },
    .dtype = LAM_DTYPE_U8,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  uint8_t page[EDGE * EDGE];
  for (int z = 0; z < DEPTH; z++) {
    for (int i = 0; i < EDGE * EDGE; i++) {
      int x = i % EDGE - 48, y = i / EDGE - 48;
      int noise = (i * 7919 + z * 104729) % 41 - 20;
      page[i] = (uint8_t)((x * x + y * y < 900 ? 95 : 180) + noise);
    }
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static inline void
paint (LamWorkspace *workspace, int32_t class_id, double x, double z)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_set_active_class (workspace, class_id);
  lam_workspace_set_active_label (workspace, 0);
  lam_workspace_set_active_class (workspace, class_id);
  uint32_t label = lam_workspace_take_label (workspace, &error);
  g_assert_no_error (error);
  LamBrush brush = {
    .plane = LAM_PLANE_XY, .radius_nm = 60, .depth = 1, .label = label
  };
  g_assert_true (
      lam_workspace_begin_stroke (workspace, "brush", &brush, &error));
  lam_workspace_add_sample (workspace, (const double[3]){ x, 40, z + 0.5 }, 1);
  lam_workspace_end_stroke (workspace);
  g_assert_true (lam_workspace_wait (workspace, NULL, &error));
  g_assert_no_error (error);
}

static inline void
wait_saved (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_wait (workspace, NULL, &error);
  g_assert_no_error (error);
}

static inline GPtrArray *
read_history (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  wait_saved (workspace);
  GPtrArray *rows = lam_store_read_history (
      lam_workspace_get_store (workspace), 0, 1000, false, &error);
  g_assert_no_error (error);
  return rows;
}

static inline guint
count_edits (LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) rows = read_history (workspace);
  guint n = 0;
  for (guint i = 0; i < rows->len; i++)
    n += !((LamHistoryRow *)rows->pdata[i])->undone;
  return n;
}

static inline void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  fixture->folder = g_dir_make_tmp ("lam-panels-XXXXXX", NULL);
  fixture->image = g_build_filename (fixture->folder, "scan.tif", NULL);
  fixture->project = g_build_filename (fixture->folder, "scan.lamella", NULL);
  write_image (fixture->image);
  fixture->workspace = lam_workspace_open (fixture->image, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->window = GTK_WINDOW (adw_window_new ());
  gtk_window_set_default_size (fixture->window, 320, 460);
}

/* The image with a project: three mitochondria and two granules. */
static inline void
set_up_project (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  set_up (fixture, unused);
  g_assert_true (lam_workspace_create_project (
      fixture->workspace, fixture->project, "platelet", &error));
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++)
    paint (fixture->workspace, 2, 15 + 20 * i, 4);
  for (int i = 0; i < 2; i++)
    paint (fixture->workspace, 3, 15 + 20 * i, 12);
}

static inline void
remove_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->image);
  g_free (fixture->project);
}

static inline void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  gtk_window_destroy (fixture->window);
  run_for (50);
  lam_workspace_close (fixture->workspace, false, &error);
  g_assert_no_error (error);
  g_assert_finalize_object (fixture->workspace);
  remove_files (fixture);
}

/* Begins the test program; false when there is no display. */
static inline bool
begin_gui (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  if (!gtk_init_check ()) {
    g_print ("1..0 # SKIP there is no display: run it under xvfb-run\n");
    return false;
  }
  adw_init ();
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (
      provider, "/org/lamella/Lamella/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
      GTK_STYLE_PROVIDER (provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_icon_theme_add_resource_path (
      gtk_icon_theme_get_for_display (gdk_display_get_default ()),
      "/org/lamella/Lamella/icons");
  if (g_getenv ("LAM_TEST_DARK"))
    adw_style_manager_set_color_scheme (
        adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  return true;
}
