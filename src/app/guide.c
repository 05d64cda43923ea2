/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A step that was done before its turn, as the network often is, is shown as
 * done, and passes. */
#include "app/guide.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/announce.h"
#include "app/key-tips.h"
#include "workspace/project-models.h"

/* How long a step that is done stays, to be seen. */
#define PRAISE_MS 1400
/* Slices, and how many times closer, that count as having looked. */
#define MIN_SLICES 2
#define MIN_ZOOM 1.5

/* What a step waits for. */
typedef enum {
  LOOKED, /* at other slices */
  CAME_CLOSER, /* by itself, or to a likely error */
  PAINTED,
  SEGMENTED, /* the network has answered a stroke */
  WENT_BACK, /* in the history */
  N_STEPS
} Step;

typedef struct {
  const char *title, *text; /* translated when shown; "{win.undo}" is its key */
} Page;

static const Page pages[N_STEPS + 1] = {
  [LOOKED] = { N_ ("Look around"),
      N_ ("Turn the wheel over an image to go through its slices. The three "
          "views follow each other.") },
  [CAME_CLOSER] = { N_ ("Find a mistake"),
      N_ ("The colours are what the network says. {win.next-place} goes to "
          "where it is likely wrong, and says why; or look for yourself: hold "
          "Ctrl and turn the wheel to come closer.") },
  [PAINTED] = { N_ ("Paint what is right"),
      N_ ("Choose a class by 1 to 6, or point at a colour and press "
          "{win.pick}, and drag with the brush; with the right button you "
          "erase. What you paint is yours: no network changes it.") },
  [SEGMENTED] = { N_ ("Watch the network answer"),
      N_ ("It segments again around what you painted, while you go on. The "
          "button at the top says what it is doing.") },
  [WENT_BACK] = { N_ ("Take it back"),
      N_ ("{win.undo} takes back a stroke together with what the network made "
          "of it, as far as you like, also tomorrow: everything is saved as "
          "you paint.") },
  [N_STEPS] = { N_ ("That is all it takes"),
      N_ ("{win.open} opens a stack of your own, {win.export} writes its "
          "labels. {win.guide} shows this guide again.") },
};

struct _LamGuide {
  GtkWidget parent_instance;
  bool is_wanted; /* it is there, or will be with the next workspace */
  bool is_done[N_STEPS];
  int page;
  guint praise_source;
  double start_z, start_scale; /* when their steps began; 0: not yet */
  /* Owned */
  GSettings *settings;
  LamWorkspace *workspace;
  /* Borrowed */
  LamCanvas *canvas; /* or NULL once it is gone */
  /* Template children */
  GtkRevealer *revealer;
  GtkLabel *badge;
  GtkLabel *title;
  GtkLabel *text;
  GtkBox *dots;
  GtkButton *next;
};

G_DEFINE_FINAL_TYPE (LamGuide, lam_guide, GTK_TYPE_WIDGET)

static void
show_dots (LamGuide *guide)
{
  int i = 0;
  for (GtkWidget *dot = gtk_widget_get_first_child (GTK_WIDGET (guide->dots));
       dot; dot = gtk_widget_get_next_sibling (dot), i++) {
    gtk_widget_set_css_classes (dot,
        (const char *[]){
            "dot",
            i == guide->page        ? "now"
                : guide->is_done[i] ? "done"
                                    : NULL,
            NULL,
        });
  }
  gtk_widget_set_visible (GTK_WIDGET (guide->dots), guide->page < N_STEPS);
}

static void
show_page (LamGuide *guide)
{
  const Page *page = &pages[guide->page];
  const bool is_last = guide->page == N_STEPS;
  const bool is_done = is_last || guide->is_done[guide->page];
  g_autofree char *number = g_strdup_printf ("%d", guide->page + 1);
  g_autofree char *text =
      lam_key_tips_dup_text (_ (page->text), guide->settings);
  gtk_label_set_text (guide->badge, is_done ? "✓" : number);
  gtk_label_set_text (guide->title, _ (page->title));
  gtk_label_set_text (guide->text, text);
  gtk_button_set_label (guide->next, is_last ? _ ("_Close") : _ ("_Skip"));
  g_autofree char *progress = is_last
      ? g_strdup (_ ("The guide is at its end"))
      : g_strdup_printf (_ ("Step %d of %d"), guide->page + 1, N_STEPS);
  gtk_accessible_update_property (GTK_ACCESSIBLE (guide->badge),
      GTK_ACCESSIBLE_PROPERTY_LABEL, progress, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (guide->dots), progress);
  show_dots (guide);
}

static void
show (LamGuide *guide)
{
  const bool is_shown = guide->is_wanted && guide->workspace;
  gtk_revealer_set_reveal_child (guide->revealer, is_shown);
  if (is_shown)
    show_page (guide);
  lam_announce ("GUIDE %d", is_shown ? guide->page + 1 : 0);
}

static void
close_guide (LamGuide *guide)
{
  g_clear_handle_id (&guide->praise_source, g_source_remove);
  guide->is_wanted = false;
  g_settings_set_boolean (guide->settings, "guide-seen", TRUE);
  show (guide);
}

static gboolean praise_cb (gpointer user_data);
static void view_changed_cb (LamGuide *guide);

/* What is done is seen to be done for a moment, then comes the next. */
static void
praise (LamGuide *guide)
{
  if (!guide->praise_source)
    guide->praise_source = g_timeout_add (PRAISE_MS, praise_cb, guide);
}

static void
go_on (LamGuide *guide)
{
  g_clear_handle_id (&guide->praise_source, g_source_remove);
  guide->page++;
  if (guide->page == N_STEPS)
    g_settings_set_boolean (guide->settings, "guide-seen", TRUE);
  else if (guide->is_done[guide->page])
    praise (guide);
  show (guide);
  view_changed_cb (guide);
}

static gboolean
praise_cb (gpointer user_data)
{
  LamGuide *guide = user_data;
  guide->praise_source = 0;
  go_on (guide);
  return G_SOURCE_REMOVE;
}

static void
note (LamGuide *guide, Step step)
{
  if (!guide->is_wanted || !guide->workspace || guide->is_done[step])
    return;
  guide->is_done[step] = true;
  show_page (guide);
  if ((int)step == guide->page)
    praise (guide);
}

static void
next_cb (GtkButton *next, LamGuide *guide)
{
  if (guide->page == N_STEPS)
    close_guide (guide);
  else
    go_on (guide);
}

static void
close_cb (GtkButton *close, LamGuide *guide)
{
  close_guide (guide);
}

/* --- what the person does ------------------------------------------------- */

/* Voxels a pixel, of the closest of the slice panes. */
static double
get_scale (LamGuide *guide)
{
  double least = INFINITY;
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    least = MIN (least,
        lam_canvas_get_camera (guide->canvas, (LamPlane)plane)->nm_per_px);
  return least;
}

static void
view_changed_cb (LamGuide *guide)
{
  if (!guide->is_wanted || !guide->workspace || !guide->canvas)
    return;
  const double z = lam_workspace_get_position (guide->workspace)[2];
  const double scale = get_scale (guide);
  /* Until then the window is still finding its size. */
  if (guide->page < CAME_CLOSER)
    guide->start_scale = 0;
  else if (guide->start_scale == 0)
    guide->start_scale = scale;
  if (guide->start_z == 0)
    guide->start_z = z;
  if (fabs (z - guide->start_z) >= MIN_SLICES)
    note (guide, LOOKED);
  if (guide->start_scale > 0 && scale * MIN_ZOOM <= guide->start_scale)
    note (guide, CAME_CLOSER);
}

static void
edited_cb (LamGuide *guide)
{
  note (guide, PAINTED);
}

static void
answered_cb (LamGuide *guide)
{
  note (guide, SEGMENTED);
}

static void
stepped_cb (LamGuide *guide)
{
  note (guide, WENT_BACK);
}

static void
arrived_cb (LamGuide *guide)
{
  note (guide, LOOKED);
  note (guide, CAME_CLOSER);
}

void
lam_guide_begin (LamGuide *guide)
{
  g_return_if_fail (LAM_IS_GUIDE (guide));
  g_clear_handle_id (&guide->praise_source, g_source_remove);
  for (int i = 0; i < N_STEPS; i++)
    guide->is_done[i] = false;
  guide->is_wanted = true;
  guide->page = 0;
  guide->start_z = 0;
  show (guide);
  view_changed_cb (guide);
  if (!guide->workspace)
    gtk_widget_activate_action (GTK_WIDGET (guide), "win.open-sample", NULL);
}

void
lam_guide_refresh (LamGuide *guide)
{
  g_return_if_fail (LAM_IS_GUIDE (guide));
  if (guide->is_wanted && guide->workspace)
    show_page (guide);
}

/* --- the widget ----------------------------------------------------------- */

void
lam_guide_set_workspace (LamGuide *guide, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_GUIDE (guide));
  if (guide->workspace)
    g_signal_handlers_disconnect_by_data (guide->workspace, guide);
  g_set_object (&guide->workspace, workspace);
  guide->start_z = 0;
  if (workspace) {
    g_signal_connect_object (
        workspace, "edited", G_CALLBACK (edited_cb), guide, G_CONNECT_SWAPPED);
    g_signal_connect_object (workspace, "stepped", G_CALLBACK (stepped_cb),
        guide, G_CONNECT_SWAPPED);
  }
  if (workspace && lam_workspace_get_active_model (workspace) != 0
      && !g_settings_get_boolean (guide->settings, "guide-seen"))
    lam_guide_begin (guide);
  else
    show (guide);
}

void
lam_guide_set_up (LamGuide *guide, GSettings *settings, LamCanvas *canvas,
    LamNetworkButton *network, LamPlaceBar *places)
{
  g_return_if_fail (LAM_IS_GUIDE (guide) && !guide->canvas);
  guide->settings = g_object_ref (settings);
  g_set_weak_pointer (&guide->canvas, canvas);
  g_signal_connect_object (canvas, "view-changed", G_CALLBACK (view_changed_cb),
      guide, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      places, "arrived", G_CALLBACK (arrived_cb), guide, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      network, "answered", G_CALLBACK (answered_cb), guide, G_CONNECT_SWAPPED);
}

static void
lam_guide_dispose (GObject *object)
{
  LamGuide *guide = LAM_GUIDE (object);
  g_clear_handle_id (&guide->praise_source, g_source_remove);
  if (guide->workspace)
    g_signal_handlers_disconnect_by_data (guide->workspace, guide);
  g_clear_object (&guide->workspace);
  g_clear_object (&guide->settings);
  g_clear_weak_pointer (&guide->canvas);
  gtk_widget_dispose_template (GTK_WIDGET (guide), LAM_TYPE_GUIDE);
  G_OBJECT_CLASS (lam_guide_parent_class)->dispose (object);
}

static void
lam_guide_class_init (LamGuideClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_guide_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/guide.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamGuide, child)
  BIND (revealer);
  BIND (badge);
  BIND (title);
  BIND (text);
  BIND (dots);
  BIND (next);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static void
lam_guide_init (LamGuide *guide)
{
  gtk_widget_init_template (GTK_WIDGET (guide));
  for (int i = 0; i < N_STEPS; i++) {
    GtkWidget *dot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_widget_set_valign (dot, GTK_ALIGN_CENTER);
    gtk_box_append (guide->dots, dot);
  }
}
