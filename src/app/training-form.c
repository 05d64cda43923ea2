/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/training-form.h"

#include <glib/gi18n-lib.h>

#include "app/message-dialog.h"
#include "app/region-dialog.h"
#include "app/triple.h"
#include "base/error.h"
#include "workspace/regions.h"
#include "workspace/training-presets.h"

struct _LamTrainingForm {
  AdwBin parent_instance;
  /* Owned */
  LamWorkspace *workspace;
  GPtrArray *rows; /* of borrowed rows, one a region, in order of id */
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

/* --- regions -------------------------------------------------------------- */

#define KEY_ID "lam-region"
#define KEY_ROLES "lam-roles"

static int32_t
get_id (gpointer row)
{
  return GPOINTER_TO_INT (g_object_get_data (row, KEY_ID));
}

static void
role_cb (GtkDropDown *roles, GParamSpec *spec, LamTrainingForm *form)
{
  g_autoptr (GError) error = NULL;
  const LamRegion *now = lam_workspace_get_region (
      form->workspace, get_id (gtk_widget_get_ancestor (
                           GTK_WIDGET (roles), ADW_TYPE_ACTION_ROW)));
  const guint role = gtk_drop_down_get_selected (roles);
  if (!now || (guint)now->role == role || role >= LAM_N_REGION_ROLES)
    return;
  LamRegion changed = *now;
  const LamRegionRole old = now->role;
  changed.role = (LamRegionRole)role;
  if (lam_workspace_set_region (form->workspace, &changed, &error))
    return;
  gtk_drop_down_set_selected (roles, old);
  lam_message_present (lam_window_of (GTK_WIDGET (form)),
      _ ("The region was not changed"), error->message);
}

static void
refresh_row (GtkWidget *row, const LamRegion *region)
{
  const int64_t *min = region->box.min, *max = region->box.max;
  g_autofree char *text =
      g_strdup_printf (_ ("%d × %d × %d voxels at %d, %d, %d"),
          (int)(max[0] - min[0]), (int)(max[1] - min[1]),
          (int)(max[2] - min[2]), (int)min[0], (int)min[1], (int)min[2]);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), region->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_drop_down_set_selected (
      g_object_get_data (G_OBJECT (row), KEY_ROLES), region->role);
}

/* In the order of the numbers that are stored. */
static GtkWidget *
make_row (LamTrainingForm *form, const LamRegion *region)
{
  const char *const texts[] = { _ ("Not used"), _ ("Learn from it"),
    _ ("Judge by it"), _ ("Test by it, at the end"), _ ("Leave it out"), NULL };
  G_STATIC_ASSERT (G_N_ELEMENTS (texts) == LAM_N_REGION_ROLES + 1);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *roles = gtk_drop_down_new_from_strings (texts);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_widget_set_valign (roles, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (roles),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What the network does with it"), -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), roles);
  g_object_set_data (G_OBJECT (row), KEY_ID, GINT_TO_POINTER (region->id));
  g_object_set_data (G_OBJECT (row), KEY_ROLES, roles);
  refresh_row (row, region);
  g_signal_connect (roles, "notify::selected", G_CALLBACK (role_cb), form);
  return row;
}

/* A group only takes rows at its end. */
static void
insert_row (LamTrainingForm *form, guint i, GtkWidget *row)
{
  g_ptr_array_insert (form->rows, (int)i, row);
  adw_preferences_group_add (form->regions, row);
  for (guint j = i + 1; j < form->rows->len; j++) {
    g_autoptr (GtkWidget) behind = g_object_ref (form->rows->pdata[j]);
    adw_preferences_group_remove (form->regions, behind);
    adw_preferences_group_add (form->regions, behind);
  }
}

/* From the i-th on, past those whose regions have gone, which go too. NULL: that
 * region has none. */
static GtkWidget *
find_row (LamTrainingForm *form, guint i, int32_t id)
{
  while (i < form->rows->len && get_id (form->rows->pdata[i]) < id) {
    adw_preferences_group_remove (form->regions, form->rows->pdata[i]);
    g_ptr_array_remove_index (form->rows, i);
  }
  return i < form->rows->len && get_id (form->rows->pdata[i]) == id
      ? form->rows->pdata[i]
      : NULL;
}

/* A row stays while its region is there: a person may be choosing in it. Both
 * are in order of id. */
static void
fill_regions (LamTrainingForm *form)
{
  const guint n = (guint)lam_workspace_get_n_regions (form->workspace);
  for (guint i = 0; i < n; i++) {
    const LamRegion *region = lam_workspace_get_nth_region (form->workspace, i);
    GtkWidget *row = find_row (form, i, region->id);
    if (row)
      refresh_row (row, region);
    else
      insert_row (form, i, make_row (form, region));
  }
  find_row (form, n, INT32_MAX);
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
    .preset = lam_training_presets_get ()[adw_combo_row_get_selected (
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
  const char *const *names = lam_training_presets_get ();
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint first = 0;
  for (guint i = 0; names[i]; i++) {
    g_autofree char *title = lam_training_presets_dup_title (names[i]);
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
