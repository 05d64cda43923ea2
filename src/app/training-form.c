/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/training-form.h"

#include <glib/gi18n-lib.h>

#include "app/message-dialog.h"
#include "app/region-dialog.h"
#include "app/triple.h"
#include "base/error.h"
#include "workspace/regions.h"

struct _LamTrainingForm {
  AdwBin parent_instance;
  bool is_filling; /* rows of regions are being made */
  /* Owned */
  LamWorkspace *workspace;
  GPtrArray *rows; /* of borrowed rows, one a region */
  /* Borrowed */
  LamCanvas *canvas; /* NULL once it is gone */
  /* Template children */
  AdwComboRow *from, *preset;
  AdwPreferencesGroup *regions;
  GtkSwitch *fills;
  AdwEntryRow *name, *tile, *rate;
  GtkSpinButton *amount;
  GtkDropDown *unit;
};

G_DEFINE_FINAL_TYPE (LamTrainingForm, lam_training_form, ADW_TYPE_BIN)

/* In the order of the template's entries. */
enum { FROM_REGIONS, FROM_SECTIONS };
enum { UNIT_MINUTES, UNIT_EPOCHS, UNIT_STEPS };
enum { ROLE_NONE, ROLE_TRAIN, ROLE_VALIDATION };

/* --- regions -------------------------------------------------------------- */

static guint
role_to_place (LamRegionRole role)
{
  return role == LAM_REGION_TRAIN     ? ROLE_TRAIN
      : role == LAM_REGION_VALIDATION ? ROLE_VALIDATION
                                      : ROLE_NONE;
}

static void
role_cb (GtkDropDown *list, GParamSpec *spec, LamTrainingForm *form)
{
  static const LamRegionRole roles[] = { LAM_REGION_WORK, LAM_REGION_TRAIN,
    LAM_REGION_VALIDATION };
  g_autoptr (GError) error = NULL;
  const LamRegion *now = lam_workspace_get_region (form->workspace,
      GPOINTER_TO_INT (g_object_get_data (G_OBJECT (list), "lam-region")));
  guint place = gtk_drop_down_get_selected (list);
  if (form->is_filling || !now || place >= G_N_ELEMENTS (roles)
      || role_to_place (now->role) == place)
    return;
  LamRegion changed = *now;
  changed.role = roles[place];
  if (!lam_workspace_set_region (form->workspace, &changed, &error))
    lam_message_present (lam_window_of (GTK_WIDGET (form)),
        _ ("The region was not changed"), error->message);
}

static GtkWidget *
make_row (LamTrainingForm *form, const LamRegion *region)
{
  const char *const roles[] = { _ ("Not used"), _ ("Learn from it"),
    _ ("Judge by it"), NULL };
  const int64_t *min = region->box.min, *max = region->box.max;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *list = gtk_drop_down_new_from_strings (roles);
  g_autofree char *text =
      g_strdup_printf (_ ("%d × %d × %d voxels at %d, %d, %d"),
          (int)(max[0] - min[0]), (int)(max[1] - min[1]),
          (int)(max[2] - min[2]), (int)min[0], (int)min[1], (int)min[2]);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), region->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_widget_set_valign (list, GTK_ALIGN_CENTER);
  gtk_drop_down_set_selected (
      GTK_DROP_DOWN (list), role_to_place (region->role));
  g_object_set_data (
      G_OBJECT (list), "lam-region", GINT_TO_POINTER (region->id));
  g_signal_connect (list, "notify::selected", G_CALLBACK (role_cb), form);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), list);
  return row;
}

static void
fill_regions (LamTrainingForm *form)
{
  form->is_filling = true;
  for (guint i = 0; i < form->rows->len; i++)
    adw_preferences_group_remove (form->regions, form->rows->pdata[i]);
  g_ptr_array_set_size (form->rows, 0);
  size_t n = lam_workspace_get_n_regions (form->workspace);
  for (size_t i = 0; i < n; i++) {
    GtkWidget *row =
        make_row (form, lam_workspace_get_nth_region (form->workspace, i));
    adw_preferences_group_add (form->regions, row);
    g_ptr_array_add (form->rows, row);
  }
  form->is_filling = false;
}

/* The slice that lies flat, else whatever slice there is. */
static LamBox
get_visible_box (LamTrainingForm *form)
{
  LamBox boxes[LAM_N_PLANES];
  const int n =
      form->canvas ? lam_canvas_get_visible_boxes (form->canvas, boxes) : 0;
  for (int i = 0; i < n; i++)
    if (boxes[i].max[2] - boxes[i].min[2] == 1)
      return boxes[i];
  return n > 0 ? boxes[0]
               : lam_box_of_size (lam_workspace_get_size (form->workspace));
}

static void
new_region_cb (GtkButton *button, LamTrainingForm *form)
{
  LamBox box = get_visible_box (form);
  lam_region_dialog_present (
      lam_window_of (GTK_WIDGET (form)), form->workspace, &box);
}

static void
from_cb (AdwComboRow *row, GParamSpec *spec, LamTrainingForm *form)
{
  gtk_widget_set_visible (GTK_WIDGET (form->regions),
      adw_combo_row_get_selected (form->from) == FROM_REGIONS);
}

/* --- what is asked for ---------------------------------------------------- */

static void
add_key (LamBrickKey key, gpointer user_data)
{
  int64_t packed = lam_brick_key_pack (key);
  g_array_append_val ((GArray *)user_data, packed);
}

static LamTruthChoice *
take_choice (LamTrainingForm *form)
{
  LamTruthChoice *choice = lam_truth_choice_new ();
  bool by_regions = adw_combo_row_get_selected (form->from) == FROM_REGIONS;
  size_t n = lam_workspace_get_n_regions (form->workspace);
  choice->fills = gtk_switch_get_active (form->fills);
  for (size_t i = 0; i < n; i++) {
    const LamRegion *region = lam_workspace_get_nth_region (form->workspace, i);
    if (region->review == LAM_REVIEW_VERIFIED)
      g_array_append_val (choice->verified, region->box);
    if (by_regions && region->role == LAM_REGION_TRAIN)
      g_array_append_val (choice->train, region->box);
    if (by_regions && region->role == LAM_REGION_VALIDATION)
      g_array_append_val (choice->validation, region->box);
  }
  if (by_regions)
    return choice;
  choice->keys = g_array_new (false, false, sizeof (int64_t));
  lam_label_map_foreach (
      lam_workspace_get_labels (form->workspace), add_key, choice->keys);
  return choice;
}

/* Those of the preset are not said again. */
static bool
take_settings (LamTrainingForm *form, GPtrArray *settings, GError **error)
{
  const char *tile = gtk_editable_get_text (GTK_EDITABLE (form->tile));
  const char *rate = gtk_editable_get_text (GTK_EDITABLE (form->rate));
  double edges[3];
  if (*tile && !lam_triple_parse (tile, edges)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The size of a patch is three numbers: x, y, z voxels."));
    return false;
  }
  if (*tile)
    g_ptr_array_add (settings,
        g_strdup_printf ("tile=%.0f %.0f %.0f", edges[0], edges[1], edges[2]));
  if (*rate)
    g_ptr_array_add (settings, g_strdup_printf ("learning-rate=%s", rate));
  g_ptr_array_add (settings, NULL);
  return true;
}

bool
lam_training_form_start (
    LamTrainingForm *form, LamProjectTraining *training, GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func (g_free);
  const char *name = gtk_editable_get_text (GTK_EDITABLE (form->name));
  guint unit = gtk_drop_down_get_selected (form->unit);
  gtk_spin_button_update (form->amount);
  double amount = gtk_spin_button_get_value (form->amount);
  if (!take_settings (form, settings, error))
    return false;
  const LamTrainingPlan plan = {
    .model_name = *name ? name : _ ("my network"),
    .preset = lam_project_training_get_presets ()[adw_combo_row_get_selected (
        form->preset)],
    .settings = (char **)settings->pdata,
    .choice = take_choice (form),
    .seconds = unit == UNIT_MINUTES ? amount * 60 : 0,
    .epochs = unit == UNIT_EPOCHS ? amount : 0,
    .steps = unit == UNIT_STEPS ? (int64_t)amount : 0,
  };
  return lam_project_training_start (training, &plan, error);
}

void
lam_training_form_set_tile (LamTrainingForm *form, const int64_t tile[3])
{
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT, tile[0],
      tile[1], tile[2]);
  gtk_editable_set_text (GTK_EDITABLE (form->tile), text);
}

/* --- the widget ----------------------------------------------------------- */

/* The one that works beside a person comes first. */
static void
fill_presets (LamTrainingForm *form)
{
  const char *const *names = lam_project_training_get_presets ();
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint first = 0;
  for (guint i = 0; names[i]; i++) {
    g_autofree char *title = lam_project_training_dup_preset_title (names[i]);
    gtk_string_list_append (titles, title);
    if (g_str_equal (names[i], "unet-local"))
      first = i;
  }
  adw_combo_row_set_model (form->preset, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (form->preset, first);
}

static void
lam_training_form_dispose (GObject *object)
{
  LamTrainingForm *form = LAM_TRAINING_FORM (object);
  if (form->workspace)
    g_signal_handlers_disconnect_by_data (form->workspace, form);
  g_clear_object (&form->workspace);
  g_clear_weak_pointer (&form->canvas);
  g_clear_pointer (&form->rows, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (form), LAM_TYPE_TRAINING_FORM);
  G_OBJECT_CLASS (lam_training_form_parent_class)->dispose (object);
}

static void
lam_training_form_class_init (LamTrainingFormClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_training_form_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/training-form.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamTrainingForm, child)
  BIND (from);
  BIND (preset);
  BIND (regions);
  BIND (fills);
  BIND (name);
  BIND (tile);
  BIND (rate);
  BIND (amount);
  BIND (unit);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, new_region_cb);
  gtk_widget_class_bind_template_callback (widget_class, from_cb);
}

static void
lam_training_form_init (LamTrainingForm *form)
{
  form->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (form));
  fill_presets (form);
}

void
lam_training_form_set_workspace (
    LamTrainingForm *form, LamWorkspace *workspace, LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_TRAINING_FORM (form) && !form->workspace);
  g_set_object (&form->workspace, workspace);
  g_set_weak_pointer (&form->canvas, canvas);
  g_signal_connect_swapped (
      workspace, "regions-changed", G_CALLBACK (fill_regions), form);
  fill_regions (form);
}
