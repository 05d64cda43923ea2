/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What it would change is counted anew for each box that is chosen; a count
 * under way is cancelled. */
#include "app/restore-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/history-line.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/triple.h"
#include "base/error.h"
#include "workspace/history-names.h"
#include "workspace/regions.h"
#include "workspace/restore.h"

/* After a key, until it is counted. */
#define DELAY_MS 250
/* As many of those who changed it are named. */
#define MAX_MAKERS 3

#define LAM_TYPE_RESTORE_DIALOG (lam_restore_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamRestoreDialog, lam_restore_dialog, LAM, RESTORE_DIALOG, LamFormDialog)

/* One entry of the list of places. */
typedef struct {
  LamBox box;
  char *name; /* Owned; of a region, else NULL */
} Place;

struct _LamRestoreDialog {
  LamFormDialog parent_instance;
  int64_t edit;
  guint source; /* of the delay */
  bool is_closed;
  /* Owned */
  GArray *places; /* Place; the last is the box that is written */
  LamProgress *progress; /* of the count under way; or NULL */
  /* Template children */
  AdwActionRow *moment, *changes, *makers, *kept;
  AdwComboRow *where;
  AdwEntryRow *first, *last;
  GtkSpinner *spinner;
};

G_DEFINE_FINAL_TYPE (LamRestoreDialog, lam_restore_dialog, LAM_TYPE_FORM_DIALOG)

/* --- words ---------------------------------------------------------------- */

static char *
dup_voxels (int64_t n)
{
  return g_strdup_printf (ngettext ("%'" G_GINT64_FORMAT " voxel",
                              "%'" G_GINT64_FORMAT " voxels", (gulong)n),
      n);
}

static void
add_part (GString *text, int64_t n, const char *format)
{
  if (n <= 0)
    return;
  g_autofree char *number = g_strdup_printf ("%'" G_GINT64_FORMAT, n);
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, number);
  g_string_append_c (text, ' ');
  g_string_append (text, format);
}

static char *
dup_whose (const LamRestoreCount *count)
{
  GString *text = g_string_new (NULL);
  add_part (text, count->n_persons, _ ("said by people"));
  add_part (text, count->n_models, _ ("by networks"));
  add_part (text, count->n_imported, _ ("imported"));
  add_part (text,
      count->n_voxels - count->n_persons - count->n_models - count->n_imported,
      _ ("said by nobody"));
  return g_string_free (text, FALSE);
}

static char *
dup_makers (const GPtrArray *makers)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < makers->len && i < MAX_MAKERS; i++) {
    const LamRestoreMaker *maker = makers->pdata[i];
    g_string_append_printf (text, "%s%s: ", i > 0 ? " · " : "", maker->who);
    g_string_append_printf (text,
        ngettext ("%d edit", "%d edits", (gulong)maker->n_edits),
        maker->n_edits);
  }
  if (makers->len > MAX_MAKERS)
    g_string_append_printf (
        text, _ (" · %d others"), (int)(makers->len - MAX_MAKERS));
  return g_string_free (text, FALSE);
}

static char *
dup_kept (const LamRestoreCount *count)
{
  GString *text = g_string_new (NULL);
  add_part (text, count->n_locked, _ ("of locked labels"));
  add_part (text, count->n_verified, _ ("in verified regions"));
  return g_string_free (text, FALSE);
}

/* --- what it would do ----------------------------------------------------- */

static void
show_row (AdwActionRow *row, const char *subtitle)
{
  gtk_widget_set_visible (GTK_WIDGET (row), subtitle && *subtitle);
  adw_action_row_set_subtitle (row, subtitle ? subtitle : "");
}

static void
show_nothing (LamRestoreDialog *dialog, const char *title)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (dialog->changes), title);
  adw_action_row_set_subtitle (dialog->changes, "");
  show_row (dialog->makers, NULL);
  show_row (dialog->kept, NULL);
  lam_form_dialog_set_can_accept (dialog, false);
}

static void
show_report (LamRestoreDialog *dialog, const LamRestoreReport *report)
{
  const LamRestoreCount *count = &report->voxels;
  show_nothing (dialog, _ ("Nothing changes there"));
  if (count->n_voxels > 0) {
    g_autofree char *voxels = dup_voxels (count->n_voxels);
    g_autofree char *title = g_strdup_printf (_ ("%s go back"), voxels);
    g_autofree char *whose = dup_whose (count);
    adw_preferences_row_set_title (
        ADW_PREFERENCES_ROW (dialog->changes), title);
    adw_action_row_set_subtitle (dialog->changes, whose);
    g_autofree char *makers = dup_makers (report->makers);
    show_row (dialog->makers, makers);
  }
  g_autofree char *kept = dup_kept (count);
  show_row (dialog->kept, kept);
  lam_form_dialog_set_can_accept (dialog, count->n_voxels > 0);
  lam_announce ("RESTORE asks %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
      count->n_voxels, count->n_locked + count->n_verified);
}

static void
show_failure (LamRestoreDialog *dialog, const GError *error)
{
  show_nothing (dialog, _ ("It could not be counted"));
  lam_form_dialog_set_problem (dialog, error->message);
  lam_announce ("RESTORE fails %s", error->message);
}

typedef struct {
  LamRestoreDialog *dialog; /* Owned */
  LamProgress *progress; /* Owned */
} Look;

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  LamRestoreDialog *dialog = look->dialog;
  g_autoptr (GError) error = NULL;
  g_auto (LamRestoreReport) report = { 0 };
  bool done = lam_workspace_restore_finish (
      LAM_WORKSPACE (source), result, &report, &error);
  /* Another box may have been chosen meanwhile. */
  if (!dialog->is_closed && dialog->progress == look->progress) {
    g_clear_pointer (&dialog->progress, lam_progress_unref);
    gtk_spinner_stop (dialog->spinner);
    if (done)
      show_report (dialog, &report);
    else
      show_failure (dialog, error);
  }
  lam_progress_unref (look->progress);
  g_object_unref (dialog);
  g_free (look);
}

/* NULL, or what is wrong with the box that is written. `name` is borrowed. */
static const char *
get_box (LamRestoreDialog *dialog, LamBox *box, const char **name)
{
  const guint i = adw_combo_row_get_selected (dialog->where);
  *name = NULL;
  *box = (LamBox){ { 0 }, { 0 } };
  if (i >= dialog->places->len)
    return lam_triple_parse_box (
        gtk_editable_get_text (GTK_EDITABLE (dialog->first)),
        gtk_editable_get_text (GTK_EDITABLE (dialog->last)),
        lam_workspace_get_size (lam_form_dialog_get_workspace (dialog)), box);
  const Place *place = &g_array_index (dialog->places, Place, i);
  *box = place->box;
  *name = place->name;
  return NULL;
}

static void
stop_counting (LamRestoreDialog *dialog)
{
  g_clear_handle_id (&dialog->source, g_source_remove);
  if (dialog->progress)
    lam_progress_cancel (dialog->progress);
  g_clear_pointer (&dialog->progress, lam_progress_unref);
}

static gboolean
count_cb (gpointer user_data)
{
  LamRestoreDialog *dialog = user_data;
  dialog->source = 0;
  LamBox box;
  const char *name, *problem = get_box (dialog, &box, &name);
  if (problem)
    return G_SOURCE_REMOVE;
  Look *look = g_new0 (Look, 1);
  look->dialog = g_object_ref (dialog);
  look->progress = lam_progress_new ();
  dialog->progress = lam_progress_ref (look->progress);
  gtk_spinner_start (dialog->spinner);
  lam_workspace_preview_restore_async (lam_form_dialog_get_workspace (dialog),
      dialog->edit, &box, look->progress, counted_cb, look);
  return G_SOURCE_REMOVE;
}

static void
chosen_cb (LamRestoreDialog *dialog)
{
  LamBox box;
  const char *name;
  if (!lam_form_dialog_get_workspace (dialog) || !dialog->places)
    return;
  const bool is_written =
      adw_combo_row_get_selected (dialog->where) >= dialog->places->len;
  gtk_widget_set_visible (GTK_WIDGET (dialog->first), is_written);
  gtk_widget_set_visible (GTK_WIDGET (dialog->last), is_written);
  const char *problem = get_box (dialog, &box, &name);
  stop_counting (dialog);
  gtk_spinner_stop (dialog->spinner);
  show_nothing (
      dialog, problem ? _ ("There is no box to count in") : _ ("Counting…"));
  lam_form_dialog_set_problem (dialog, problem);
  if (!problem)
    dialog->source = g_timeout_add (DELAY_MS, count_cb, dialog);
}

/* --- doing it ------------------------------------------------------------- */

typedef struct {
  GtkWindow *parent; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
} Act;

static void
tell_done (GtkWindow *parent, const LamRestoreCount *count)
{
  const int64_t n_kept = count->n_locked + count->n_verified;
  g_autofree char *voxels = dup_voxels (count->n_voxels);
  g_autofree char *kept = dup_voxels (n_kept);
  g_autofree char *text = n_kept > 0
      ? g_strdup_printf (_ ("%s went back; %s that are locked or verified were "
                            "left alone. Undo takes it back."),
          voxels, kept)
      : g_strdup_printf (_ ("%s went back. Undo takes it back."), voxels);
  lam_window_toast (parent, text);
  lam_announce ("RESTORED %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
      count->n_voxels, n_kept);
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamRestoreReport) report = { 0 };
  bool done = lam_workspace_restore_finish (
      LAM_WORKSPACE (source), result, &report, &error);
  lam_progress_dialog_close (act->dialog);
  lam_progress_unref (act->progress);
  if (done)
    tell_done (act->parent, &report.voxels);
  else if (!lam_error_is_cancelled (error))
    lam_message_present (
        act->parent, _ ("Nothing Was Taken Back"), error->message);
  g_object_unref (act->parent);
  g_free (act);
}

static void
accept_cb (LamRestoreDialog *dialog)
{
  LamBox box;
  const char *name;
  if (get_box (dialog, &box, &name))
    return;
  Act *act = g_new0 (Act, 1);
  act->parent =
      g_object_ref (gtk_window_get_transient_for (GTK_WINDOW (dialog)));
  act->progress = lam_progress_new ();
  act->dialog =
      lam_progress_dialog_new (act->parent, _ ("Going Back"), act->progress);
  lam_workspace_restore_async (lam_form_dialog_get_workspace (dialog),
      dialog->edit, &box, name, act->progress, restored_cb, act);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* --- the dialog ----------------------------------------------------------- */

static void
clear_place (gpointer place)
{
  g_free (((Place *)place)->name);
}

static void
lam_restore_dialog_dispose (GObject *object)
{
  LamRestoreDialog *dialog = LAM_RESTORE_DIALOG (object);
  dialog->is_closed = true;
  stop_counting (dialog);
  G_OBJECT_CLASS (lam_restore_dialog_parent_class)->dispose (object);
}

static void
lam_restore_dialog_finalize (GObject *object)
{
  g_array_unref (LAM_RESTORE_DIALOG (object)->places);
  G_OBJECT_CLASS (lam_restore_dialog_parent_class)->finalize (object);
}

static void
lam_restore_dialog_class_init (LamRestoreDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_restore_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_restore_dialog_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/restore-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamRestoreDialog, child)
  BIND (moment);
  BIND (changes);
  BIND (makers);
  BIND (kept);
  BIND (where);
  BIND (first);
  BIND (last);
  BIND (spinner);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
lam_restore_dialog_init (LamRestoreDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  dialog->places = g_array_new (FALSE, TRUE, sizeof (Place));
  g_array_set_clear_func (dialog->places, clear_place);
}

static void
show_moment (LamRestoreDialog *dialog, const LamHistoryRow *row)
{
  g_autoptr (GDateTime) then =
      g_date_time_new_from_unix_local (row->time / G_USEC_PER_SEC);
  g_autofree char *when =
      then ? g_date_time_format (then, "%c") : g_strdup ("");
  g_autofree char *who = g_strdup_printf ("%s, %s", row->who, when);
  const char *title = lam_history_line_get_title (row->tool);
  const char *detail = lam_history_get_detail (row);
  g_autofree char *what =
      *detail ? g_strdup_printf ("%s: %s", title, detail) : g_strdup (title);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (dialog->moment), what);
  adw_action_row_set_subtitle (dialog->moment, who);
}

static void
add_place (LamRestoreDialog *dialog, GtkStringList *names, const char *title,
    const LamBox *box, const char *region)
{
  if (lam_box_is_empty (box))
    return;
  const Place place = { *box, g_strdup (region) };
  g_array_append_val (dialog->places, place);
  gtk_string_list_append (names, title);
}

static void
set_voxel (AdwEntryRow *row, const int64_t voxel[3], int64_t less)
{
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT,
      voxel[0] - less, voxel[1] - less, voxel[2] - less);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

/* The region where the person is comes first, if there is one: what was meant
 * most likely. */
static void
list_places (LamRestoreDialog *dialog, LamWorkspace *workspace,
    LamCanvas *canvas, const LamHistoryRow *row)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  LamBox seen = { { 0 }, { 0 } };
  if (canvas)
    lam_canvas_get_seen_box (canvas, &seen);
  add_place (dialog, names, _ ("What is seen"), &seen, NULL);
  add_place (dialog, names, _ ("Where this edit was made"), &row->box, NULL);
  const double *at = lam_workspace_get_position (workspace);
  const int64_t here[3] = { (int64_t)at[0], (int64_t)at[1], (int64_t)at[2] };
  guint selected = 0;
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    g_autofree char *title = g_strdup_printf (_ ("Region “%s”"), region->name);
    if (selected == 0 && lam_box_contains (&region->box, here))
      selected = dialog->places->len;
    add_place (dialog, names, title, &region->box, region->name);
  }
  const LamBox all = lam_box_of_size (lam_workspace_get_size (workspace));
  add_place (dialog, names, _ ("The whole volume"), &all, NULL);
  gtk_string_list_append (names, _ ("A box…"));
  const LamBox *box = lam_box_is_empty (&seen) ? &all : &seen;
  set_voxel (dialog->first, box->min, 0);
  set_voxel (dialog->last, box->max, 1);
  adw_combo_row_set_model (dialog->where, G_LIST_MODEL (names));
  adw_combo_row_set_selected (dialog->where, selected);
}

void
lam_restore_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    LamCanvas *canvas, const LamHistoryRow *row)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamRestoreDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_RESTORE_DIALOG, parent, workspace);
  dialog->edit = row->id;
  show_moment (dialog, row);
  list_places (dialog, workspace, canvas, row);
  chosen_cb (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
