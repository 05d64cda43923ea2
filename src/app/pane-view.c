/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* GL objects live as GtkGLArea says: made at the first render, taken away in
 * its "unrealize", where its context is still current; a new context (after
 * moving the widget, say) makes them anew. */
#include "app/pane-view.h"

#include <epoxy/gl.h>
#include <glib/gi18n-lib.h>

#include "app/reveal.h"
#include "base/courtesy.h"
#include "base/error.h"
#include "view/scale-bar.h"

/* Longest bar in application pixels, and its distance from the corner. The
 * widget is no larger than that: all of it is blended over the image in every
 * frame. */
#define BAR_PX 140
#define BAR_MARGIN_PX 14

/* Of the window's surface: a weak reference to its panes' context. */
#define CONTEXT_KEY "lam-pane-context"

struct _LamPaneView {
  GtkWidget parent_instance;
  double units_per_px;
  int bar_px; /* the longest that the pane has room for */
  bool in_voxels;
  gboolean failed;
  gboolean complete;
  gboolean has_scene;
  /* With the present context: */
  gboolean is_cleared; /* a frame without a picture was drawn */
  gboolean has_begun; /* pictures are drawn */
  gboolean is_warm; /* there is nothing more to warm */
  guint warm_source; /* 0: none */
  /* Owned */
  LamPane *pane;
  char *longest_caption;
  /* Borrowed */
  LamRenderer *renderer;
  /* Template children */
  GtkOverlay *overlay;
  GtkGLArea *area;
  GtkDrawingArea *bar;
  GtkInscription *caption;
  GtkButton *maximise;
  GtkLabel *problem;
};

G_DEFINE_FINAL_TYPE (LamPaneView, lam_pane_view, GTK_TYPE_WIDGET)

enum { RESIZED, DRAWN, MAXIMISE, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
show_problem (LamPaneView *view, const GError *error)
{
  g_autofree char *text = g_strdup_printf (
      _ ("This pane cannot be drawn.\n%s\nLamella needs OpenGL 3.3 or OpenGL "
         "ES 3.0. A newer graphics driver, or Mesa's software driver, "
         "gives it."),
      error->message);
  gtk_label_set_text (view->problem, text);
  gtk_widget_set_visible (GTK_WIDGET (view->problem), TRUE);
  g_message ("%s", error->message);
  view->failed = TRUE;
}

/* Of the current context. */
static gboolean
check_version (GError **error)
{
  int found = epoxy_gl_version ();
  int needed = epoxy_is_desktop_gl () ? 33 : 30;
  if (found >= needed)
    return TRUE;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("The graphics driver offers version %d.%d."), found / 10, found % 10);
  return FALSE;
}

static GdkGLContext *
new_context (GdkSurface *surface, GError **error)
{
  g_autoptr (GdkGLContext) context =
      gdk_surface_create_gl_context (surface, error);
  if (!context)
    return NULL;
  gdk_gl_context_set_required_version (context, 3, 0);
  return gdk_gl_context_realize (context, error) ? g_steal_pointer (&context)
                                                 : NULL;
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* All panes of a window draw with one context: with one each, the driver would
 * compile the shaders as often. It lives as long as one of the areas is
 * realized. */
static GdkGLContext *
create_context_cb (GtkGLArea *area, LamPaneView *view)
{
  GdkSurface *surface =
      gtk_native_get_surface (gtk_widget_get_native (GTK_WIDGET (area)));
  GWeakRef *shared = g_object_get_data (G_OBJECT (surface), CONTEXT_KEY);
  if (!shared) {
    shared = g_new (GWeakRef, 1);
    g_weak_ref_init (shared, NULL);
    g_object_set_data_full (
        G_OBJECT (surface), CONTEXT_KEY, shared, free_weak_ref);
  }
  GdkGLContext *context = g_weak_ref_get (shared);
  if (context)
    return context;
  g_autoptr (GError) error = NULL;
  context = new_context (surface, &error);
  if (!context)
    gtk_gl_area_set_error (area, error);
  g_weak_ref_set (shared, context);
  return context;
}

static void
realize_cb (GtkGLArea *area, LamPaneView *view)
{
  gtk_gl_area_make_current (area);
  view->failed = view->is_cleared = FALSE;
  view->has_begun = view->is_warm = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (view->problem), FALSE);
  g_autoptr (GError) error = NULL;
  if (gtk_gl_area_get_error (area))
    show_problem (view, gtk_gl_area_get_error (area));
  else if (!check_version (&error))
    show_problem (view, error);
}

static void
unrealize_cb (GtkGLArea *area, LamPaneView *view)
{
  g_clear_handle_id (&view->warm_source, g_source_remove);
  if (view->pane && lam_pane_view_make_current (view))
    lam_pane_unrealize (view->pane);
}

static void warm_when_idle (LamPaneView *view);

/* Where the processor draws, each shader is compiled when it is first used,
 * which takes longer than a frame: so each of them gets a round of the main
 * loop in which nothing else is to be done, those for a picture before the
 * first one, the others after. */
static gboolean
warm_cb (gpointer user_data)
{
  LamPaneView *view = user_data;
  view->warm_source = 0;
  if (!view->pane || !lam_pane_view_make_current (view))
    return G_SOURCE_REMOVE;
  const bool was_ready = lam_pane_is_ready (view->pane);
  g_autoptr (GError) error = NULL;
  const bool more = lam_pane_warm (view->pane, &error);
  view->is_warm = was_ready && !more;
  if (error)
    show_problem (view, error);
  else if (lam_pane_is_ready (view->pane) && !was_ready)
    lam_pane_view_queue_draw (view);
  else if (more)
    warm_when_idle (view);
  return G_SOURCE_REMOVE;
}

/* A picture that is waited for comes before frames. */
static void
warm_when_idle (LamPaneView *view)
{
  const int priority =
      lam_pane_is_ready (view->pane) ? G_PRIORITY_LOW : G_PRIORITY_HIGH_IDLE;
  if (view->warm_source == 0 && !view->is_warm)
    view->warm_source = g_idle_add_full (priority, warm_cb, view, NULL);
}

static gboolean
queue_draw_cb (GtkWidget *view, GdkFrameClock *clock, gpointer data)
{
  lam_pane_view_queue_draw (LAM_PANE_VIEW (view));
  return G_SOURCE_REMOVE;
}

static void
show_nothing (LamPaneView *view)
{
  glClearColor (0, 0, 0, 0);
  glClear (GL_COLOR_BUFFER_BIT);
  view->is_cleared = TRUE;
  gtk_widget_add_tick_callback (GTK_WIDGET (view), queue_draw_cb, NULL, NULL);
}

static void
draw (LamPaneView *view)
{
  /* GtkGLArea has bound its own framebuffer; ask which. */
  GLint target = 0;
  glGetIntegerv (GL_DRAW_FRAMEBUFFER_BINDING, &target);
  lam_pane_draw (view->pane, (unsigned)target);
  view->complete = lam_pane_is_complete (view->pane);
  if (view->complete)
    warm_when_idle (view);
  g_signal_emit (view, signals[DRAWN], 0);
}

/* No two panes draw their first picture in the same frame. */
static gboolean
may_draw (LamPaneView *view)
{
  if (view->has_begun)
    return TRUE;
  if (!lam_pane_is_ready (view->pane))
    warm_when_idle (view);
  else
    view->has_begun =
        lam_reveal_take_frame (gtk_widget_get_frame_clock (GTK_WIDGET (view)));
  return view->has_begun;
}

static gboolean
render_cb (GtkGLArea *area, GdkGLContext *context, LamPaneView *view)
{
  lam_courtesy_stir ();
  g_autoptr (GError) error = NULL;
  if (view->failed || !view->has_scene) {
    if (!view->failed && !view->is_cleared)
      show_nothing (view);
    return TRUE;
  }
  if (!view->is_cleared || !may_draw (view))
    show_nothing (view);
  else if (!lam_renderer_realize (view->renderer, &error))
    show_problem (view, error);
  else
    draw (view);
  return TRUE;
}

static void
resize_cb (GtkGLArea *area, int width_px, int height_px, LamPaneView *view)
{
  g_signal_emit (view, signals[RESIZED], 0, width_px, height_px);
}

static void
maximise_cb (GtkButton *button, LamPaneView *view)
{
  g_signal_emit (view, signals[MAXIMISE], 0);
}

static void
caption_released_cb (GtkGestureClick *gesture, int n_presses, double x,
    double y, LamPaneView *view)
{
  /* Twice within a moment counts to four. */
  if (n_presses % 2 == 0)
    g_signal_emit (view, signals[MAXIMISE], 0);
}

static void
draw_bar (GtkDrawingArea *area, cairo_t *cr, int width, int height,
    gpointer user_data)
{
  LamPaneView *view = user_data;
  if (view->units_per_px <= 0)
    return;
  double per_px =
      view->units_per_px * gtk_widget_get_scale_factor (GTK_WIDGET (area));
  LamScaleBar bar = view->in_voxels
      ? lam_scale_bar_fit_voxels (per_px, view->bar_px)
      : lam_scale_bar_fit (per_px, view->bar_px);
  lam_scale_bar_draw (&bar, cr, BAR_MARGIN_PX, height - BAR_MARGIN_PX, 1);
}

static void
lam_pane_view_dispose (GObject *object)
{
  LamPaneView *view = LAM_PANE_VIEW (object);
  lam_pane_view_set_renderer (view, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (view), LAM_TYPE_PANE_VIEW);
  g_clear_pointer (&view->longest_caption, g_free);
  G_OBJECT_CLASS (lam_pane_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, LamPaneView, overlay);
  gtk_widget_class_bind_template_child (class, LamPaneView, area);
  gtk_widget_class_bind_template_child (class, LamPaneView, bar);
  gtk_widget_class_bind_template_child (class, LamPaneView, caption);
  gtk_widget_class_bind_template_child (class, LamPaneView, maximise);
  gtk_widget_class_bind_template_child (class, LamPaneView, problem);
  gtk_widget_class_bind_template_callback (class, create_context_cb);
  gtk_widget_class_bind_template_callback (class, realize_cb);
  gtk_widget_class_bind_template_callback (class, unrealize_cb);
  gtk_widget_class_bind_template_callback (class, render_cb);
  gtk_widget_class_bind_template_callback (class, resize_cb);
  gtk_widget_class_bind_template_callback (class, maximise_cb);
  gtk_widget_class_bind_template_callback (class, caption_released_cb);
}

static void
lam_pane_view_class_init (LamPaneViewClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  object_class->dispose = lam_pane_view_dispose;

  signals[RESIZED] =
      g_signal_new ("resized", LAM_TYPE_PANE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
          NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  signals[DRAWN] = g_signal_new ("drawn", LAM_TYPE_PANE_VIEW, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MAXIMISE] = g_signal_new ("maximise", LAM_TYPE_PANE_VIEW,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "pane");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/pane-view.ui");
  bind_children (widget_class);
}

static void
lam_pane_view_init (LamPaneView *view)
{
  gtk_widget_init_template (GTK_WIDGET (view));
  gtk_gl_area_set_auto_render (view->area, FALSE);
  gtk_drawing_area_set_draw_func (view->bar, draw_bar, view, NULL);
}

GtkWidget *
lam_pane_view_new (void)
{
  return g_object_new (LAM_TYPE_PANE_VIEW, NULL);
}

gboolean
lam_pane_view_make_current (LamPaneView *view)
{
  if (!view->area || !gtk_widget_get_realized (GTK_WIDGET (view->area)))
    return FALSE;
  gtk_gl_area_make_current (view->area);
  return gtk_gl_area_get_error (view->area) == NULL;
}

void
lam_pane_view_set_renderer (LamPaneView *view, LamRenderer *renderer)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  if (view->pane) {
    lam_pane_view_make_current (view);
    g_clear_pointer (&view->pane, lam_pane_free);
  }
  view->renderer = renderer;
  view->complete = view->has_scene = FALSE;
  if (renderer)
    view->pane = lam_pane_new (renderer);
  if (view->area)
    lam_pane_view_queue_draw (view);
}

void
lam_pane_view_set_slice (LamPaneView *view, const LamCamera *camera,
    const LamLook *look, const LamBrushCursor *cursor)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  if (!view->pane)
    return;
  lam_pane_set_slice (view->pane, camera, look, cursor);
  view->has_scene = TRUE;
}

void
lam_pane_view_set_sketch (LamPaneView *view, LamSketch *sketch)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  if (view->pane)
    lam_pane_set_sketch (view->pane, sketch);
}

void
lam_pane_view_set_overview (
    LamPaneView *view, const LamOverview *overview, const LamLook *look)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  if (!view->pane)
    return;
  lam_pane_set_overview (view->pane, overview, look);
  view->has_scene = TRUE;
}

gboolean
lam_pane_view_needs_draw (LamPaneView *view)
{
  g_return_val_if_fail (LAM_IS_PANE_VIEW (view), FALSE);
  return !view->pane || lam_pane_needs_draw (view->pane);
}

void
lam_pane_view_queue_draw (LamPaneView *view)
{
  view->complete = FALSE;
  gtk_gl_area_queue_render (view->area);
}

static void
set_class (LamPaneView *view, const char *name, gboolean has)
{
  GtkWidget *widget = GTK_WIDGET (view);
  if (gtk_widget_has_css_class (widget, name) == has)
    return;
  if (has)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

void
lam_pane_view_set_active (
    LamPaneView *view, gboolean active, gboolean is_framed)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  set_class (view, "active", active);
  set_class (view, "framed", active && is_framed);
}

/* Room for a text, asked for only when it is another: a new layout of the
 * window in each frame would cost more than the frame. */
static void
reserve (LamPaneView *view, const char *longest)
{
  GtkWidget *caption = GTK_WIDGET (view->caption);
  if (g_strcmp0 (view->longest_caption, longest) == 0)
    return;
  g_free (view->longest_caption);
  view->longest_caption = g_strdup (longest);
  int width, height;
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (caption, longest);
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_widget_set_size_request (caption, width, height);
}

void
lam_pane_view_set_caption (
    LamPaneView *view, const char *caption, const char *longest)
{
  if (g_strcmp0 (gtk_inscription_get_text (view->caption), caption) == 0)
    return;
  reserve (view, longest);
  gtk_inscription_set_text (view->caption, caption);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (view->area), GTK_ACCESSIBLE_PROPERTY_LABEL, caption, -1);
}

void
lam_pane_view_set_maximised (LamPaneView *view, gboolean maximised)
{
  gtk_button_set_icon_name (view->maximise,
      maximised ? "view-restore-symbolic" : "view-fullscreen-symbolic");
}

void
lam_pane_view_set_scale (
    LamPaneView *view, double units_per_px, gboolean in_voxels)
{
  int bar_px = MIN (BAR_PX, gtk_widget_get_width (GTK_WIDGET (view)) / 3);
  if (view->units_per_px == units_per_px && view->in_voxels == in_voxels
      && view->bar_px == bar_px)
    return;
  view->units_per_px = units_per_px;
  view->bar_px = bar_px;
  view->in_voxels = in_voxels;
  gtk_widget_queue_draw (GTK_WIDGET (view->bar));
}

void
lam_pane_view_add_overlay (LamPaneView *view, GtkWidget *child)
{
  g_return_if_fail (LAM_IS_PANE_VIEW (view));
  gtk_overlay_add_overlay (view->overlay, child);
}

GtkWidget *
lam_pane_view_get_area (LamPaneView *view)
{
  return GTK_WIDGET (view->area);
}

gboolean
lam_pane_view_is_complete (LamPaneView *view)
{
  return view->failed || (view->pane && view->complete);
}

void
lam_pane_view_event_to_px (LamPaneView *view, double surface_x,
    double surface_y, double *x_px, double *y_px)
{
  GtkWidget *area = GTK_WIDGET (view->area);
  GtkNative *native = gtk_widget_get_native (area);
  double offset_x, offset_y, x, y;
  gtk_native_get_surface_transform (native, &offset_x, &offset_y);
  gtk_widget_translate_coordinates (GTK_WIDGET (native), area,
      surface_x - offset_x, surface_y - offset_y, &x, &y);
  int scale = gtk_widget_get_scale_factor (area);
  *x_px = x * scale;
  *y_px = y * scale;
}
