/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The chosen stack is read in a worker for the numbers in it; for classes each
 * number gets a row that says which class it means. The dialog stays open
 * until the import has worked, so that what was refused can be mended. */
#include "app/import-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/channel-dialog.h"
#include "app/form-dialog.h"
#include "app/import-scan.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/triple.h"
#include "base/error.h"
#include "workspace/labelling.h"

/* More kinds of thing than this are objects, not classes. */
#define LARGEST_MAP 64
#define LOOK_MS 200

#define LAM_TYPE_IMPORT_DIALOG (lam_import_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamImportDialog, lam_import_dialog, LAM, IMPORT_DIALOG, LamFormDialog)

struct _LamImportDialog {
  LamFormDialog parent_instance;
  /* Owned */
  char *path;
  LamProgress *scanning; /* NULL when none is under way */
  guint look_source;
  int channel; /* of the stack, from 0; -1: not chosen */
  LamImportScan *scan;
  LamProgress *progress; /* of the import */
  LamProgressDialog *progress_dialog;
  GPtrArray *rows; /* of AdwComboRow, Borrowed: one a number */
  /* Template children */
  AdwActionRow *file;
  AdwComboRow *mode, *new_class;
  AdwPreferencesGroup *labels_group, *classes_group;
  GtkSwitch *renumber, *keep_human, *zeros_erase;
  AdwEntryRow *place;
};

G_DEFINE_FINAL_TYPE (LamImportDialog, lam_import_dialog, LAM_TYPE_FORM_DIALOG)

static LamImportMode
get_mode (LamImportDialog *dialog)
{
  return adw_combo_row_get_selected (dialog->mode) == 1 ? LAM_IMPORT_CLASSES
                                                        : LAM_IMPORT_LABELS;
}

static const LamClassTable *
get_classes (LamImportDialog *dialog)
{
  return lam_workspace_get_classes (lam_form_dialog_get_workspace (dialog));
}

/* --- which class a number means ----------------------------------------- */

/* The classes by name; with `has_new`, after them "a new class". */
static GListModel *
class_names_new (LamImportDialog *dialog, bool has_new)
{
  GtkStringList *names = gtk_string_list_new (NULL);
  size_t n = lam_class_table_get_n_classes (get_classes (dialog));
  for (size_t i = 0; i < n; i++)
    gtk_string_list_append (
        names, lam_class_table_get_nth_class (get_classes (dialog), i)->name);
  if (has_new)
    gtk_string_list_append (names, _ ("A new class"));
  return G_LIST_MODEL (names);
}

/* The class with that id; else, where there is one number only, the one that
 * is painted with; else a new one. */
static guint
guess_class (LamImportDialog *dialog, uint32_t value, bool is_only_one)
{
  int32_t active =
      lam_workspace_get_active_class (lam_form_dialog_get_workspace (dialog));
  size_t n = lam_class_table_get_n_classes (get_classes (dialog));
  guint guess = (guint)n;
  for (size_t i = 0; i < n; i++) {
    int32_t id = lam_class_table_get_nth_class (get_classes (dialog), i)->id;
    if ((uint32_t)id == value)
      return (guint)i;
    if (is_only_one && id == active && id != 0)
      guess = (guint)i;
  }
  return guess;
}

static void
clear_rows (LamImportDialog *dialog)
{
  for (guint i = 0; i < dialog->rows->len; i++)
    adw_preferences_group_remove (
        dialog->classes_group, GTK_WIDGET (dialog->rows->pdata[i]));
  g_ptr_array_set_size (dialog->rows, 0);
}

static void
fill_rows (LamImportDialog *dialog)
{
  clear_rows (dialog);
  const GArray *values = dialog->scan->values;
  g_autoptr (GListModel) names = class_names_new (dialog, true);
  bool has_zero = values->len > 0 && g_array_index (values, uint32_t, 0) == 0;
  for (guint i = 0; i < values->len; i++) {
    uint32_t value = g_array_index (values, uint32_t, i);
    /* 0 is "nothing here" in every such stack. */
    if (value == 0)
      continue;
    GtkWidget *row = adw_combo_row_new ();
    g_autofree char *title = g_strdup_printf (_ ("Number %u"), value);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
    adw_combo_row_set_model (ADW_COMBO_ROW (row), names);
    adw_combo_row_set_selected (ADW_COMBO_ROW (row),
        guess_class (dialog, value, values->len == 1u + has_zero));
    g_object_set_data (G_OBJECT (row), "value", GUINT_TO_POINTER (value));
    adw_preferences_group_add (dialog->classes_group, row);
    g_ptr_array_add (dialog->rows, row);
  }
}

static bool
get_offset (LamImportDialog *dialog, int64_t offset[3])
{
  double numbers[3];
  if (!lam_triple_parse (
          gtk_editable_get_text (GTK_EDITABLE (dialog->place)), numbers))
    return false;
  for (int i = 0; i < 3; i++) {
    if (fabs (numbers[i]) > G_MAXINT32)
      return false;
    offset[i] = (int64_t)floor (numbers[i]);
  }
  return true;
}

static void
update_mode (LamImportDialog *dialog)
{
  int64_t offset[3];
  bool is_classes = get_mode (dialog) == LAM_IMPORT_CLASSES;
  bool can_map = dialog->scan && !dialog->scan->is_cut;
  gtk_widget_set_visible (GTK_WIDGET (dialog->labels_group), !is_classes);
  gtk_widget_set_visible (
      GTK_WIDGET (dialog->classes_group), is_classes && can_map);
  lam_form_dialog_set_can_accept (dialog,
      dialog->scan && (!is_classes || can_map) && get_offset (dialog, offset));
  lam_form_dialog_set_problem (dialog,
      is_classes && dialog->scan && dialog->scan->is_cut
          ? _ ("There are more than 64 different numbers in this stack. That "
               "many are objects rather than classes: import them as labels.")
          : NULL);
}

static void
mode_cb (AdwComboRow *row, GParamSpec *spec, LamImportDialog *dialog)
{
  /* Also called while the template is built. */
  if (dialog->rows)
    update_mode (dialog);
}

static void
place_cb (GtkEditable *editable, LamImportDialog *dialog)
{
  if (dialog->rows)
    update_mode (dialog);
}

/* --- reading the stack -------------------------------------------------- */

static void
show_file (LamImportDialog *dialog, const char *what)
{
  g_autofree char *name = g_filename_display_basename (dialog->path);
  g_autofree char *text = g_strdup_printf ("%s\n%s", name, what);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  adw_action_row_set_subtitle (dialog->file, markup);
}

static void
stop_scan (LamImportDialog *dialog)
{
  g_clear_handle_id (&dialog->look_source, g_source_remove);
  if (dialog->scanning)
    lam_progress_cancel (dialog->scanning);
  g_clear_pointer (&dialog->scanning, lam_progress_unref);
}

static gboolean
look_cb (gpointer user_data)
{
  LamImportDialog *dialog = user_data;
  g_autofree char *text = g_strdup_printf (_ ("Reading its numbers… %d %%"),
      (int)(100 * lam_progress_get_fraction (dialog->scanning)));
  show_file (dialog, text);
  return G_SOURCE_CONTINUE;
}

static void
take_scan (LamImportDialog *dialog, LamImportScan *scan)
{
  guint n = scan->values->len;
  g_autofree char *numbers = scan->is_cut
      ? g_strdup_printf (_ ("more than %u different numbers"), n)
      : g_strdup_printf (
          ngettext ("%u different number", "%u different numbers", n), n);
  g_autofree char *text = g_strdup_printf ("%d × %d × %d, %s, %s",
      (int)scan->size[0], (int)scan->size[1], (int)scan->size[2],
      lam_dtype_name (scan->dtype), numbers);
  dialog->scan = scan;
  show_file (dialog, text);
  if (!scan->is_cut)
    fill_rows (dialog);
  update_mode (dialog);
}

static void start_scan (LamImportDialog *dialog);

/* The import dialog may have been closed with the window meanwhile. */
static void
channel_cb (int channel, gpointer user_data)
{
  g_autoptr (LamImportDialog) dialog = user_data;
  if (channel < 0 || !gtk_widget_get_visible (GTK_WIDGET (dialog)))
    return;
  dialog->channel = channel;
  start_scan (dialog);
}

static void
scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamImportDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamImportScan) scan = lam_import_scan_finish (result, &error);
  /* Another file was chosen, or the dialog was closed. */
  if (error && lam_error_is_cancelled (error))
    return;
  stop_scan (dialog);
  if (scan) {
    take_scan (dialog, g_steal_pointer (&scan));
  } else {
    show_file (dialog, _ ("This cannot be imported"));
    lam_form_dialog_set_problem (dialog, error->message);
    if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL))
      lam_channel_dialog_present (
          GTK_WINDOW (dialog), dialog->path, channel_cb, g_object_ref (dialog));
  }
}

static void
start_scan (LamImportDialog *dialog)
{
  stop_scan (dialog);
  clear_rows (dialog);
  g_clear_pointer (&dialog->scan, lam_import_scan_free);
  lam_form_dialog_set_problem (dialog, NULL);
  dialog->scanning = lam_progress_new ();
  dialog->look_source = g_timeout_add (LOOK_MS, look_cb, dialog);
  look_cb (dialog);
  update_mode (dialog);
  lam_import_scan_async (dialog->path, dialog->channel, LARGEST_MAP,
      dialog->scanning, scanned_cb, g_object_ref (dialog));
}

static void
set_path (LamImportDialog *dialog, const char *path)
{
  g_free (dialog->path);
  dialog->path = g_strdup (path);
  dialog->channel = LAM_OPEN_DEFAULTS.channel;
  start_scan (dialog);
}

static void
chosen_cb (GtkWindow *dialog, const char *path, gpointer user_data)
{
  set_path (LAM_IMPORT_DIALOG (dialog), path);
}

static void
choose_cb (GtkButton *button, LamImportDialog *dialog)
{
  lam_file_question_present (GTK_WINDOW (dialog),
      &(LamFileQuestion){ .title = _ ("Import Labels"),
          .accept = _ ("_Choose"),
          .path = dialog->path,
          .filter = _ ("TIFF stacks"),
          .patterns = "*.tif *.tiff" },
      chosen_cb, NULL, NULL);
}

/* --- importing ---------------------------------------------------------- */

/* The id of the class that a row says, made now if it is a new one; -1. */
static LamClass
make_class (uint32_t value)
{
  float r, g, b;
  gtk_hsv_to_rgb (
      (float)((value * 137u) % 360u) / 360.f, 0.7f, 0.9f, &r, &g, &b);
  return (LamClass){ .name = g_strdup_printf (_ ("Class %u"), value),
    .rgb = (uint32_t)(r * 255.f) << 16 | (uint32_t)(g * 255.f) << 8
        | (uint32_t)(b * 255.f) };
}

/* What each value means; the new classes among them are appended to `made`,
 * which owns their names. */
static void
fill_map (LamImportDialog *dialog, uint32_t (*map)[2], GArray *made)
{
  for (guint i = 0; i < dialog->rows->len; i++) {
    AdwComboRow *row = dialog->rows->pdata[i];
    const LamClass *class = lam_class_table_get_nth_class (
        get_classes (dialog), adw_combo_row_get_selected (row));
    map[i][0] = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "value"));
    if (class) {
      map[i][1] = (uint32_t) class->id;
      continue;
    }
    map[i][1] = LAM_IMPORT_NEW_CLASS + made->len;
    LamClass new_class = make_class (map[i][0]);
    g_array_append_val (made, new_class);
  }
}

static void
clear_class (gpointer data)
{
  g_free (((LamClass *)data)->name);
}

static void
show_summary (LamImportDialog *dialog, const LamImportResult *result)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *n_voxels =
      g_strdup_printf ("%'" G_GINT64_FORMAT, result->n_voxels);
  g_autofree char *n_kept =
      g_strdup_printf ("%'" G_GINT64_FORMAT, result->n_kept);
  g_string_append_printf (text,
      ngettext ("%s voxel was labelled.", "%s voxels were labelled.",
          (gulong)result->n_voxels),
      n_voxels);
  if (result->n_new_labels > 0)
    g_string_append_printf (text,
        ngettext ("\n%d label is new.", "\n%d labels are new.",
            (gulong)result->n_new_labels),
        result->n_new_labels);
  if (result->n_kept > 0)
    g_string_append_printf (text,
        ngettext (
            "\n%s voxel stayed as it was: painted by a person, locked, or "
            "verified.",
            "\n%s voxels stayed as they were: painted by a person, locked, or "
            "verified.",
            (gulong)result->n_kept),
        n_kept);
  if (result->edit_id == 0 && result->n_kept == 0)
    g_string_assign (text, _ ("Everything was already as in the stack."));
  lam_message_present (gtk_window_get_transient_for (GTK_WINDOW (dialog)),
      _ ("Labels Imported"), text->str);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamImportDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  LamImportResult summary;
  bool is_done = lam_workspace_import_finish (
      lam_form_dialog_get_workspace (dialog), result, &summary, &error);
  g_clear_pointer (&dialog->progress_dialog, lam_progress_dialog_close);
  g_clear_pointer (&dialog->progress, lam_progress_unref);
  if (!is_done) {
    if (!lam_error_is_cancelled (error))
      lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  show_summary (dialog, &summary);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
accept_cb (LamImportDialog *dialog)
{
  g_autoptr (GArray) made = g_array_new (false, false, sizeof (LamClass));
  g_array_set_clear_func (made, clear_class);
  uint32_t map[LARGEST_MAP][2] = { 0 };
  const LamClass *new_class = lam_class_table_get_nth_class (
      get_classes (dialog), adw_combo_row_get_selected (dialog->new_class));
  LamImportOptions options = { .mode = get_mode (dialog),
    .nth_channel = dialog->channel + 1,
    .class_id = new_class ? new_class->id : 0,
    .renumber = gtk_switch_get_active (dialog->renumber),
    .zeros_erase = gtk_switch_get_active (dialog->zeros_erase),
    .over_human = !gtk_switch_get_active (dialog->keep_human) };

  if (!dialog->scan || dialog->progress || !get_offset (dialog, options.offset))
    return;
  if (options.mode == LAM_IMPORT_CLASSES) {
    fill_map (dialog, map, made);
    options.map = (const uint32_t (*)[2])map;
    options.n_map = dialog->rows->len;
    options.new_classes = (const LamClass *)made->data;
    options.n_new_classes = made->len;
  }
  lam_form_dialog_set_problem (dialog, NULL);
  dialog->progress = lam_progress_new ();
  dialog->progress_dialog = lam_progress_dialog_new (
      GTK_WINDOW (dialog), _ ("Importing Labels"), dialog->progress);
  lam_workspace_import_async (lam_form_dialog_get_workspace (dialog),
      dialog->path, &options, dialog->progress, imported_cb,
      g_object_ref (dialog));
}

/* --- the dialog --------------------------------------------------------- */

static void
lam_import_dialog_dispose (GObject *object)
{
  LamImportDialog *dialog = LAM_IMPORT_DIALOG (object);
  stop_scan (dialog);
  G_OBJECT_CLASS (lam_import_dialog_parent_class)->dispose (object);
}

static void
lam_import_dialog_finalize (GObject *object)
{
  LamImportDialog *dialog = LAM_IMPORT_DIALOG (object);
  g_free (dialog->path);
  g_clear_pointer (&dialog->scan, lam_import_scan_free);
  g_ptr_array_unref (dialog->rows);
  G_OBJECT_CLASS (lam_import_dialog_parent_class)->finalize (object);
}

static void
lam_import_dialog_class_init (LamImportDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_import_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_import_dialog_finalize;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/import-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamImportDialog, child)
  BIND (file);
  BIND (mode);
  BIND (new_class);
  BIND (labels_group);
  BIND (classes_group);
  BIND (renumber);
  BIND (keep_human);
  BIND (zeros_erase);
  BIND (place);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, mode_cb);
  gtk_widget_class_bind_template_callback (widget_class, place_cb);
}

static void
lam_import_dialog_init (LamImportDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  dialog->rows = g_ptr_array_new ();
}

static void
fill (LamImportDialog *dialog)
{
  g_autoptr (GListModel) names = class_names_new (dialog, false);
  int32_t active =
      lam_workspace_get_active_class (lam_form_dialog_get_workspace (dialog));
  size_t n = lam_class_table_get_n_classes (get_classes (dialog));
  adw_combo_row_set_model (dialog->new_class, names);
  for (size_t i = 0; i < n; i++)
    if (lam_class_table_get_nth_class (get_classes (dialog), i)->id == active)
      adw_combo_row_set_selected (dialog->new_class, (guint)i);
  update_mode (dialog);
}

void
lam_import_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, const char *path)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  const char *reason = lam_workspace_get_read_only_reason (workspace);
  if (reason) {
    lam_message_present (parent, _ ("Labels Cannot Be Imported"), reason);
    return;
  }
  LamImportDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_IMPORT_DIALOG, parent, workspace);
  fill (dialog);
  if (path)
    set_path (dialog, path);
  gtk_window_present (GTK_WINDOW (dialog));
}
