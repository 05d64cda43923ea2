/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/measuring.h"

#include <glib/gi18n-lib.h>

#define DELAY_MS 400
#define SHARE_MS 500

struct _LamMeasuring {
  guint source; /* of the delay */
  guint share_source; /* while one is under way */
  bool is_stale; /* measure again when this one has ended */
  bool (*start) (LamProgress *progress, gpointer user_data);
  bool (*concerns) (const LamBox *box, gpointer user_data);
  void (*leave) (gpointer user_data);
  gpointer user_data;
  uint64_t classes_serial;
  GtkSpinner *spinner; /* Borrowed */
  GtkLabel *share; /* Borrowed */
  LamWorkspace *workspace; /* Owned; that is watched; or NULL */
  LamProgress *progress; /* Owned; of the one under way; or NULL */
};

LamMeasuring *
lam_measuring_new (GtkSpinner *spinner, GtkLabel *share,
    bool (*start) (LamProgress *progress, gpointer user_data),
    gpointer user_data)
{
  LamMeasuring *measuring = g_new0 (LamMeasuring, 1);
  measuring->spinner = spinner;
  measuring->share = share;
  measuring->start = start;
  measuring->user_data = user_data;
  return measuring;
}

void
lam_measuring_free (LamMeasuring *measuring)
{
  g_clear_handle_id (&measuring->source, g_source_remove);
  g_clear_handle_id (&measuring->share_source, g_source_remove);
  if (measuring->workspace)
    g_signal_handlers_disconnect_by_data (measuring->workspace, measuring);
  g_clear_object (&measuring->workspace);
  lam_measuring_cancel (measuring);
  g_clear_pointer (&measuring->progress, lam_progress_unref);
  g_free (measuring);
}

void
lam_measuring_cancel (LamMeasuring *measuring)
{
  if (measuring->progress)
    lam_progress_cancel (measuring->progress);
}

static gboolean
share_cb (gpointer user_data)
{
  LamMeasuring *measuring = user_data;
  const double share = lam_progress_get_fraction (measuring->progress);
  g_autofree char *text =
      g_strdup_printf (_ ("Comparing, %.0f %%"), 100 * share);
  gtk_label_set_text (measuring->share, text);
  return G_SOURCE_CONTINUE;
}

static void
show_busy (LamMeasuring *measuring, bool busy)
{
  gtk_spinner_set_spinning (measuring->spinner, busy);
  gtk_label_set_text (measuring->share, "");
  if (busy)
    measuring->share_source = g_timeout_add (SHARE_MS, share_cb, measuring);
  else
    g_clear_handle_id (&measuring->share_source, g_source_remove);
}

static gboolean
delay_cb (gpointer user_data)
{
  LamMeasuring *measuring = user_data;
  measuring->source = 0;
  if (measuring->progress) {
    measuring->is_stale = true;
    return G_SOURCE_REMOVE;
  }
  measuring->is_stale = false;
  measuring->progress = lam_progress_new ();
  lam_progress_give_way (measuring->progress);
  if (measuring->start (measuring->progress, measuring->user_data))
    show_busy (measuring, true);
  else
    g_clear_pointer (&measuring->progress, lam_progress_unref);
  return G_SOURCE_REMOVE;
}

void
lam_measuring_ask (LamMeasuring *measuring)
{
  g_clear_handle_id (&measuring->source, g_source_remove);
  measuring->source = g_timeout_add (DELAY_MS, delay_cb, measuring);
}

void
lam_measuring_end (LamMeasuring *measuring)
{
  g_clear_pointer (&measuring->progress, lam_progress_unref);
  show_busy (measuring, false);
  if (measuring->is_stale)
    lam_measuring_ask (measuring);
}

/* ---- What is watched ----------------------------------------------------- */

static void
ask_if_concerned (LamMeasuring *measuring, const LamBox *box)
{
  if (measuring->concerns (box, measuring->user_data))
    lam_measuring_ask (measuring);
}

/* Not while the pen is down: what is measured is what is saved. */
static void
labels_changed_cb (LamMeasuring *measuring, const LamBox *box, gboolean live)
{
  if (!live)
    ask_if_concerned (measuring, box);
}

static void
edited_cb (LamMeasuring *measuring, const LamHistoryRow *row)
{
  ask_if_concerned (measuring, &row->box);
}

/* Distances are of voxels of another size. */
static void
image_changed_cb (LamMeasuring *measuring)
{
  measuring->leave (measuring->user_data);
  lam_measuring_ask (measuring);
}

/* Another active class changes nothing. */
static void
classes_changed_cb (LamMeasuring *measuring)
{
  const uint64_t serial = lam_class_table_get_serial (
      lam_workspace_get_classes (measuring->workspace));
  if (serial != measuring->classes_serial)
    lam_measuring_ask (measuring);
  measuring->classes_serial = serial;
}

void
lam_measuring_watch (LamMeasuring *measuring, LamWorkspace *workspace,
    bool (*concerns) (const LamBox *box, gpointer user_data),
    void (*leave) (gpointer user_data))
{
  g_return_if_fail (!measuring->workspace);
  measuring->workspace = g_object_ref (workspace);
  measuring->concerns = concerns;
  measuring->leave = leave;
  measuring->classes_serial =
      lam_class_table_get_serial (lam_workspace_get_classes (workspace));
#define WATCH(signal, callback) \
  g_signal_connect_swapped (workspace, signal, G_CALLBACK (callback), measuring)
  WATCH ("labels-changed", labels_changed_cb);
  WATCH ("edited", edited_cb);
  WATCH ("classes-changed", classes_changed_cb);
  WATCH ("image-changed", image_changed_cb);
#undef WATCH
}
