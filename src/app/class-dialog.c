/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/class-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/class-suggest.h"
#include "app/colour-button.h"
#include "app/form-dialog.h"
#include "labels/class-words.h"
#include "workspace/labelling.h"
#include "workspace/object-rules.h"

#define N_KEYS 9

#define LAM_TYPE_CLASS_DIALOG (lam_class_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamClassDialog, lam_class_dialog, LAM, CLASS_DIALOG, LamFormDialog)

struct _LamClassDialog {
  LamFormDialog parent_instance;
  int32_t class_id;
  LamWorkspace *workspace; /* Borrowed from the parent */
  bool is_organelle_said, is_filling;
  bool is_nm3; /* the unit of the number that is shown */
  /* Template children */
  AdwEntryRow *name;
  LamColourButton *colour;
  AdwComboRow *key;
  GtkSwitch *instances, *organelle, *cuts;
  GtkWidget *objects;
  AdwActionRow *cut, *noise;
  GtkSpinButton *relief, *smallest;
  GtkDropDown *unit;
};

G_DEFINE_FINAL_TYPE (LamClassDialog, lam_class_dialog, LAM_TYPE_FORM_DIALOG)

/* A key belongs to one class: the one that had it gives it up. */
static bool
free_key (LamClassDialog *dialog, int key, GError **error)
{
  const LamClassTable *classes = lam_workspace_get_classes (dialog->workspace);
  size_t n = lam_class_table_get_n_classes (classes);
  for (size_t i = 0; key && i < n; i++) {
    const LamClass *other = lam_class_table_get_nth_class (classes, i);
    if (other->key != key || other->id == dialog->class_id)
      continue;
    LamClass copy = *other;
    copy.key = 0;
    return lam_workspace_set_class (dialog->workspace, &copy, error);
  }
  return true;
}

/* Also numbers that are being typed. */
static LamObjectRule
read_rule (LamClassDialog *dialog)
{
  gtk_spin_button_update (dialog->relief);
  gtk_spin_button_update (dialog->smallest);
  return (LamObjectRule){ .cuts = gtk_switch_get_active (dialog->cuts),
    .relief_percent = gtk_spin_button_get_value_as_int (dialog->relief),
    .smallest = gtk_spin_button_get_value (dialog->smallest),
    .is_nm3 = dialog->is_nm3 };
}

static void
save_rule (LamClassDialog *dialog, int32_t id)
{
  const LamClass *class = lam_class_table_get_class (
      lam_workspace_get_classes (dialog->workspace), id);
  const LamObjectRule rule = read_rule (dialog);
  if (class && class->id != 0 && class->has_instances)
    lam_workspace_set_object_rule (dialog->workspace, class, &rule);
}

static void
show_smallest (LamClassDialog *dialog, const LamObjectRule *rule)
{
  const int decimals = lam_object_rule_count_decimals (rule);
  gtk_adjustment_set_lower (
      gtk_spin_button_get_adjustment (dialog->smallest), pow (10, -decimals));
  gtk_spin_button_set_digits (dialog->smallest, (guint)decimals);
  gtk_spin_button_set_value (dialog->smallest, rule->smallest);
}

/* The number stays as many voxels. */
static void
unit_cb (GtkDropDown *unit, GParamSpec *spec, LamClassDialog *dialog)
{
  const bool is_nm3 = gtk_drop_down_get_selected (unit) == 1;
  if (is_nm3 == dialog->is_nm3)
    return;
  LamObjectRule rule = read_rule (dialog);
  lam_object_rule_set_unit (
      &rule, is_nm3, lam_workspace_get_voxel_size_nm (dialog->workspace));
  dialog->is_nm3 = is_nm3;
  show_smallest (dialog, &rule);
}

static void
show_rule (LamClassDialog *dialog, const LamObjectRule *rule)
{
  gtk_switch_set_active (dialog->cuts, rule->cuts);
  gtk_spin_button_set_value (dialog->relief, rule->relief_percent);
  show_smallest (dialog, rule);
  dialog->is_nm3 = rule->is_nm3;
  gtk_drop_down_set_selected (dialog->unit, rule->is_nm3);
  const bool known = lam_workspace_knows_voxel_size (dialog->workspace);
  gtk_widget_set_sensitive (GTK_WIDGET (dialog->unit), known);
  gtk_widget_set_sensitive (GTK_WIDGET (dialog->cut), known);
  if (!known)
    adw_action_row_set_subtitle (
        dialog->cut, _ ("Not while the voxel size is not known"));
  if (!known && rule->is_nm3)
    adw_action_row_set_subtitle (dialog->noise,
        _ ("The voxel size is not known: until it is, 27 voxels"));
}

static bool
save (LamClassDialog *dialog, GError **error)
{
  LamClass class = { .id = dialog->class_id };
  const LamClassTable *classes = lam_workspace_get_classes (dialog->workspace);
  const LamClass *old =
      classes ? lam_class_table_get_class (classes, dialog->class_id) : NULL;
  if (old)
    class = *old;

  g_autofree char *name =
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (dialog->name)));
  class.name = g_strstrip (name);
  class.rgb = lam_colour_button_get_rgb (dialog->colour);
  class.key = (int)adw_combo_row_get_selected (dialog->key);
  class.has_instances = gtk_switch_get_active (dialog->instances);
  lam_class_set_organelle (&class, gtk_switch_get_active (dialog->organelle));
  if (!free_key (dialog, class.key, error))
    return false;
  if (old) {
    const bool done =
        lam_workspace_set_class (dialog->workspace, &class, error);
    if (done)
      save_rule (dialog, class.id);
    return done;
  }
  int32_t id = lam_workspace_add_class (dialog->workspace, &class, error);
  if (id < 0)
    return false;
  save_rule (dialog, id);
  lam_workspace_set_active_class (dialog->workspace, id);
  return true;
}

static void
accept_cb (LamClassDialog *dialog)
{
  g_autoptr (GError) error = NULL;
  if (save (dialog, &error))
    gtk_window_destroy (GTK_WINDOW (dialog));
  else
    lam_form_dialog_set_problem (dialog, error->message);
}

static void
show_organelle (LamClassDialog *dialog, bool is_organelle)
{
  dialog->is_filling = true;
  gtk_switch_set_active (dialog->organelle, is_organelle);
  dialog->is_filling = false;
}

static void
organelle_cb (GtkSwitch *organelle, GParamSpec *spec, LamClassDialog *dialog)
{
  dialog->is_organelle_said |= !dialog->is_filling;
}

/* The name says whether it is an organelle until the person does. */
static void
name_changed_cb (GtkEditable *editable, LamClassDialog *dialog)
{
  g_autofree char *name = g_strdup (gtk_editable_get_text (editable));
  lam_form_dialog_set_can_accept (dialog, *g_strstrip (name));
  if (!dialog->is_organelle_said)
    show_organelle (
        dialog, dialog->class_id != 0 && lam_class_words_is_organelle (name));
}

static void
chosen_cb (LamColourButton *button, guint rgb, LamClassDialog *dialog)
{
  lam_colour_button_set_rgb (button, rgb);
}

static void
fill_keys (LamClassDialog *dialog)
{
  const LamClassTable *classes = lam_workspace_get_classes (dialog->workspace);
  g_autoptr (GtkStringList) keys = gtk_string_list_new (NULL);
  gtk_string_list_append (keys, _ ("None"));
  for (int key = 1; key <= N_KEYS; key++) {
    const LamClass *owner = NULL;
    size_t n = lam_class_table_get_n_classes (classes);
    for (size_t i = 0; i < n; i++) {
      const LamClass *class = lam_class_table_get_nth_class (classes, i);
      if (class->key == key && class->id != dialog->class_id)
        owner = class;
    }
    /* Translators: a key of the keyboard, and the class that has it now. */
    g_autofree char *text = owner
        ? g_strdup_printf (_ ("%d (now %s)"), key, owner->name)
        : g_strdup_printf ("%d", key);
    gtk_string_list_append (keys, text);
  }
  adw_combo_row_set_model (dialog->key, G_LIST_MODEL (keys));
}

static void
fill (LamClassDialog *dialog)
{
  const LamClassTable *classes = lam_workspace_get_classes (dialog->workspace);
  const LamClass *class = lam_class_table_get_class (classes, dialog->class_id);
  fill_keys (dialog);
  if (class) {
    gtk_window_set_title (GTK_WINDOW (dialog), _ ("Edit Class"));
    lam_form_dialog_set_accept_label (dialog, _ ("_Save"));
    gtk_editable_set_text (GTK_EDITABLE (dialog->name), class->name);
    lam_colour_button_set_rgb (dialog->colour, class->rgb);
    adw_combo_row_set_selected (dialog->key, (guint) class->key);
    gtk_switch_set_active (dialog->instances, class->has_instances);
    dialog->is_organelle_said = class->organelle != LAM_ORGANELLE_BY_NAME;
    show_organelle (dialog, lam_class_is_organelle (class));
    const LamObjectRule rule =
        lam_workspace_get_object_rule (dialog->workspace, class);
    show_rule (dialog, &rule);
  } else {
    const LamClass new = lam_class_suggest (classes);
    show_rule (dialog, &lam_object_rule_default);
    lam_colour_button_set_rgb (dialog->colour, new.rgb);
    adw_combo_row_set_selected (dialog->key, (guint) new.key);
    gtk_switch_set_active (dialog->instances, new.has_instances);
    show_organelle (dialog, true);
  }
}

static void
lam_class_dialog_class_init (LamClassDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (LAM_TYPE_COLOUR_BUTTON);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/class-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, name);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, colour);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, key);
  gtk_widget_class_bind_template_child (
      widget_class, LamClassDialog, instances);
  gtk_widget_class_bind_template_child (
      widget_class, LamClassDialog, organelle);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, objects);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, noise);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, cut);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, cuts);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, relief);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, smallest);
  gtk_widget_class_bind_template_child (widget_class, LamClassDialog, unit);
  gtk_widget_class_bind_template_callback (widget_class, organelle_cb);
  gtk_widget_class_bind_template_callback (widget_class, unit_cb);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
lam_class_dialog_init (LamClassDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_class_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, int32_t class_id)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  if (!lam_workspace_get_classes (workspace))
    return;
  LamClassDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_CLASS_DIALOG, parent, workspace);
  dialog->class_id = class_id;
  dialog->workspace = workspace;
  if (class_id != 0)
    g_object_bind_property (dialog->instances, "active", dialog->objects,
        "visible", G_BINDING_SYNC_CREATE);
  lam_form_dialog_set_can_accept (dialog, false);
  fill (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
