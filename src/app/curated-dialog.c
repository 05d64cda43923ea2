/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/curated-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/progress-dialog.h"
#include "app/triple.h"
#include "base/error.h"
#include "workspace/curated-set.h"
#include "workspace/project-models.h"
#include "workspace/regions.h"

#define MAX_EDGE 100000
/* Warnings that are shown; the manifest has them all. */
#define MAX_SHOWN 6

#define LAM_TYPE_CURATED_DIALOG (lam_curated_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamCuratedDialog, lam_curated_dialog, LAM, CURATED_DIALOG, LamFormDialog)

struct _LamCuratedDialog {
  LamFormDialog parent_instance;
  /* Owned, while it is written */
  char *path;
  LamProgress *progress;
  LamProgressDialog *progress_dialog;
  /* Template children */
  AdwPreferencesGroup *regions;
  AdwComboRow *format;
  GtkSwitch *verified, *fills, *finds_guard, *patches;
  AdwEntryRow *guard, *patch, *overlap, *w0, *sigma;
};

G_DEFINE_FINAL_TYPE (LamCuratedDialog, lam_curated_dialog, LAM_TYPE_FORM_DIALOG)

/* Whole numbers of at least `least`. */
static bool
parse_triple (AdwEntryRow *row, int64_t least, int64_t value[3])
{
  double numbers[3];
  if (!lam_triple_parse (gtk_editable_get_text (GTK_EDITABLE (row)), numbers))
    return false;
  for (int a = 0; a < 3; a++) {
    if (!(numbers[a] >= least && numbers[a] <= MAX_EDGE))
      return false;
    value[a] = (int64_t)numbers[a];
    if ((double)value[a] != numbers[a])
      return false;
  }
  return true;
}

static bool
is_empty (AdwEntryRow *row)
{
  return *gtk_editable_get_text (GTK_EDITABLE (row)) == '\0';
}

/* Whatever the language, with a point. */
static bool
parse_number (AdwEntryRow *row, double *value)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
  char *end;
  *value = g_ascii_strtod (g_strdelimit (text, ",", '.'), &end);
  return end != text && *end == '\0' && *value >= 0
      && *value <= LAM_CURATED_MAX_WEIGHT;
}

/* NULL, or what is wrong. */
static const char *
get_options (LamCuratedDialog *dialog, LamCuratedOptions *options)
{
  guint format = adw_combo_row_get_selected (dialog->format);
  *options = (LamCuratedOptions){
    .may_be_unverified = !gtk_switch_get_active (dialog->verified),
    .fills = gtk_switch_get_active (dialog->fills),
    .finds_guard = gtk_switch_get_active (dialog->finds_guard),
  };
  for (guint i = 0; lam_array_format_get_all ()[i]; i++)
    if (i == format)
      options->format = lam_array_format_get_all ()[i];
  if (!options->format)
    return _ ("Choose a format");
  if (!options->finds_guard && !parse_triple (dialog->guard, 0, options->guard))
    return is_empty (dialog->guard)
        ? _ ("How wide is the guard band? The project has no active network "
             "that says so: give three whole numbers of voxels, x, y, z, as "
             "many as yours sees")
        : _ ("The guard band needs three whole numbers: x, y, z");
  if (!parse_number (dialog->w0, &options->border.w0)
      || !parse_number (dialog->sigma, &options->border.sigma))
    return _ ("The weights between objects need two numbers, 0 or more");
  if (!gtk_switch_get_active (dialog->patches))
    return NULL;
  if (!parse_triple (dialog->patch, 1, options->patch))
    return _ ("Patches need three whole numbers above 0: x, y, z");
  if (!parse_triple (dialog->overlap, 0, options->overlap))
    return _ ("The overlap needs three whole numbers: x, y, z");
  for (int a = 0; a < 3; a++)
    if (options->overlap[a] >= options->patch[a])
      return _ ("Patches must overlap by less than they are long");
  return NULL;
}

/* How many regions there are for each purpose. */
static int
count_regions (LamCuratedDialog *dialog, int counts[LAM_N_REGION_ROLES])
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++)
    counts[lam_workspace_get_nth_region (workspace, i)->role]++;
  return counts[LAM_REGION_TRAIN] + counts[LAM_REGION_VALIDATION]
      + counts[LAM_REGION_TEST];
}

static void
changed_cb (GtkEditable *editable, LamCuratedDialog *dialog)
{
  LamCuratedOptions options;
  int counts[LAM_N_REGION_ROLES] = { 0 };
  if (!lam_form_dialog_get_workspace (dialog))
    return;
  const char *problem = get_options (dialog, &options);
  if (count_regions (dialog, counts) == 0)
    problem = _ ("There is no region for training, validation or test yet: "
                 "draw one under “Train a Network”");
  lam_form_dialog_set_can_accept (dialog, !problem);
  lam_form_dialog_set_problem (dialog, problem);
}

static void
switched_cb (LamCuratedDialog *dialog)
{
  bool patches = gtk_switch_get_active (dialog->patches);
  gtk_widget_set_visible (
      GTK_WIDGET (dialog->guard), !gtk_switch_get_active (dialog->finds_guard));
  gtk_widget_set_visible (GTK_WIDGET (dialog->patch), patches);
  gtk_widget_set_visible (GTK_WIDGET (dialog->overlap), patches);
  changed_cb (NULL, dialog);
}

/* ---- What came out ------------------------------------------------------ */

static void
show_folder_cb (AdwMessageDialog *message, const char *response, char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  if (g_str_equal (response, "show") && uri
      && !g_app_info_launch_default_for_uri (uri, NULL, &error))
    g_message ("%s", error->message);
}

static void
free_path (gpointer path, GClosure *closure)
{
  g_free (path);
}

static char *
describe (const LamCuratedReport *report, const char *path)
{
  GString *text = g_string_new (NULL);
  g_autofree char *shown = g_filename_display_name (path);
  g_string_append_printf (text,
      ngettext ("%d region", "%d regions", report->n_regions),
      report->n_regions);
  if (report->n_items != report->n_regions) {
    g_string_append (text, ", ");
    g_string_append_printf (text,
        ngettext ("%d patch", "%d patches", report->n_items), report->n_items);
  }
  g_string_append_printf (text,
      /* Translators: after "3 regions, 12 patches"; the last is a folder. */
      ngettext (", %" G_GINT64_FORMAT " voxel that counts: %s",
          ", %" G_GINT64_FORMAT " voxels that count: %s",
          (gulong)report->n_voxels),
      report->n_voxels, shown);
  for (guint i = 0; i < report->warnings->len && i < MAX_SHOWN; i++)
    g_string_append_printf (
        text, "\n\n%s", (char *)g_ptr_array_index (report->warnings, i));
  return g_string_free (text, FALSE);
}

static void
show_report (
    GtkWindow *parent, const LamCuratedReport *report, const char *path)
{
  g_autofree char *body = describe (report, path);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (parent, _ ("Training Set Exported"), body));
  adw_message_dialog_add_responses (
      message, "close", _ ("_Close"), "show", _ ("Show _Folder"), NULL);
  adw_message_dialog_set_default_response (message, "close");
  g_signal_connect_data (message, "response", G_CALLBACK (show_folder_cb),
      g_strdup (path), free_path, 0);
  gtk_window_present (GTK_WINDOW (message));
  lam_announce ("CURATED %d", report->n_items);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamCuratedDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamCuratedReport) report = { 0 };
  bool is_done = lam_workspace_export_curated_finish (
      lam_form_dialog_get_workspace (dialog), result, &report, &error);
  g_clear_pointer (&dialog->progress_dialog, lam_progress_dialog_close);
  g_clear_pointer (&dialog->progress, lam_progress_unref);
  if (!is_done) {
    if (!lam_error_is_cancelled (error))
      lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));
  if (parent)
    show_report (parent, &report, dialog->path);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* ---- Asking for it ------------------------------------------------------ */

static void
chosen_cb (GtkWindow *window, const char *path, gpointer user_data)
{
  LamCuratedDialog *dialog = LAM_CURATED_DIALOG (window);
  LamCuratedOptions options;
  if (dialog->progress || get_options (dialog, &options))
    return;
  g_free (dialog->path);
  dialog->path = g_strdup (path);
  lam_form_dialog_set_problem (dialog, NULL);
  dialog->progress = lam_progress_new ();
  dialog->progress_dialog = lam_progress_dialog_new (
      window, _ ("Exporting the Training Set"), dialog->progress);
  lam_workspace_export_curated_async (lam_form_dialog_get_workspace (dialog),
      dialog->path, &options, dialog->progress, exported_cb,
      g_object_ref (dialog));
}

/* Beside the project, "scan-training". */
static char *
suggest_path (LamCuratedDialog *dialog)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  g_autofree char *project = lam_workspace_suggest_project_path (workspace);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autofree char *stem = g_strdup (lam_workspace_get_title (workspace));
  char *dot = strrchr (stem, '.');
  if (dot && dot != stem)
    *dot = '\0';
  g_autofree char *name = g_strconcat (stem, "-training", NULL);
  return g_build_filename (folder, name, NULL);
}

static void
accept_cb (LamCuratedDialog *dialog)
{
  g_autofree char *path = suggest_path (dialog);
  lam_file_question_present (GTK_WINDOW (dialog),
      &(LamFileQuestion){ .title = _ ("Folder to Make"),
          .accept = _ ("_Export"),
          .path = path,
          .is_save = true },
      chosen_cb, NULL, NULL);
}

static void
lam_curated_dialog_finalize (GObject *object)
{
  g_free (LAM_CURATED_DIALOG (object)->path);
  G_OBJECT_CLASS (lam_curated_dialog_parent_class)->finalize (object);
}

static void
lam_curated_dialog_class_init (LamCuratedDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_curated_dialog_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/curated-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamCuratedDialog, child)
  BIND (regions);
  BIND (format);
  BIND (verified);
  BIND (fills);
  BIND (finds_guard);
  BIND (patches);
  BIND (guard);
  BIND (patch);
  BIND (overlap);
  BIND (w0);
  BIND (sigma);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
lam_curated_dialog_init (LamCuratedDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  g_signal_connect_swapped (
      dialog->finds_guard, "notify::active", G_CALLBACK (switched_cb), dialog);
  g_signal_connect_swapped (
      dialog->patches, "notify::active", G_CALLBACK (switched_cb), dialog);
}

static void
fill_formats (LamCuratedDialog *dialog)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  for (int i = 0; lam_array_format_get_all ()[i]; i++)
    gtk_string_list_append (list, _ (lam_array_format_get_all ()[i]->title));
  adw_combo_row_set_model (dialog->format, G_LIST_MODEL (list));
}

static void
set_number (AdwEntryRow *row, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  gtk_editable_set_text (
      GTK_EDITABLE (row), g_ascii_formatd (text, sizeof text, "%g", value));
}

/* The others are in the template: nothing is cut. A guard band that no network
 * gives is not guessed, and with one purpose alone none is needed. */
static void
set_defaults (LamCuratedDialog *dialog)
{
  const LamCuratedOptions defaults = lam_curated_get_defaults ();
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  int counts[LAM_N_REGION_ROLES] = { 0 };
  count_regions (dialog, counts);
  const int n_roles = (counts[LAM_REGION_TRAIN] > 0)
      + (counts[LAM_REGION_VALIDATION] > 0) + (counts[LAM_REGION_TEST] > 0);
  gtk_switch_set_active (dialog->verified, !defaults.may_be_unverified);
  gtk_switch_set_active (dialog->fills, defaults.fills);
  gtk_switch_set_active (dialog->finds_guard,
      defaults.finds_guard && lam_workspace_get_active_model (workspace) > 0);
  set_number (dialog->w0, defaults.border.w0);
  set_number (dialog->sigma, defaults.border.sigma);
  if (n_roles < 2)
    gtk_editable_set_text (GTK_EDITABLE (dialog->guard), "0, 0, 0");
}

void
lam_curated_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamCuratedDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_CURATED_DIALOG, parent, workspace);
  int counts[LAM_N_REGION_ROLES] = { 0 };
  count_regions (dialog, counts);
  g_autofree char *text =
      g_strdup_printf (_ ("Regions: %d for training, %d for validation, %d for "
                          "test. Each becomes image, classes, objects, mask, "
                          "source and error weights."),
          counts[LAM_REGION_TRAIN], counts[LAM_REGION_VALIDATION],
          counts[LAM_REGION_TEST]);
  adw_preferences_group_set_description (dialog->regions, text);
  fill_formats (dialog);
  set_defaults (dialog);
  switched_cb (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
