/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A text that is not the one shown last is one that a person is writing. */
#include "app/region-row.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/message-dialog.h"
#include "app/region-lines.h"
#include "app/triple.h"
#include "workspace/regions.h"

/* A line that a person can write in */
typedef struct {
  GtkWidget *entry;
  char *shown; /* owned: what was last put there */
} Line;

struct _LamRegionRow {
  AdwExpanderRow parent_instance;
  int32_t id;
  Line name, corner, size, note;
  /* Borrowed: the workspace; the others lie in the row */
  LamWorkspace *workspace;
  GtkLabel *swatch;
  AdwComboRow *role, *review;
};

G_DEFINE_FINAL_TYPE (LamRegionRow, lam_region_row, ADW_TYPE_EXPANDER_ROW)

/* --- lines ---------------------------------------------------------------- */

/* Whatever a person has written is gone. The button that keeps it goes too. */
static void
put (Line *line, const char *text)
{
  AdwEntryRow *entry = ADW_ENTRY_ROW (line->entry);
  adw_entry_row_set_show_apply_button (entry, FALSE);
  if (strcmp (gtk_editable_get_text (GTK_EDITABLE (entry)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (entry), text);
  adw_entry_row_set_show_apply_button (entry, TRUE);
  g_free (line->shown);
  line->shown = g_strdup (text);
}

static const char *
get_text (const Line *line)
{
  return gtk_editable_get_text (GTK_EDITABLE (line->entry));
}

static bool
is_written_in (const Line *line)
{
  return strcmp (get_text (line), line->shown) != 0;
}

static void
refresh_line (Line *line, const char *text)
{
  if (strcmp (text, line->shown) == 0)
    return;
  if (!is_written_in (line) || strcmp (get_text (line), text) == 0)
    put (line, text);
}

/* --- changing ------------------------------------------------------------- */

/* A copy to be changed; false: there is no such region any more. */
static bool
copy_region (LamRegionRow *row, LamRegion *copy)
{
  const LamRegion *now = lam_workspace_get_region (row->workspace, row->id);
  if (now)
    *copy = *now;
  return now != NULL;
}

static void
tell_refusal (LamRegionRow *row, const char *why)
{
  lam_message_present (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (row))),
      _ ("The Region Was Not Changed"), why);
}

/* False: it was said why. */
static bool
set_region (LamRegionRow *row, const LamRegion *region)
{
  g_autoptr (GError) error = NULL;
  if (lam_workspace_set_region (row->workspace, region, &error))
    return true;
  tell_refusal (row, error->message);
  return false;
}

/* False: it was said why. */
static bool
set_name (LamRegionRow *row, LamRegion *region)
{
  region->name = (char *)get_text (&row->name);
  if (*region->name)
    return set_region (row, region);
  tell_refusal (row, _ ("A region needs a name."));
  return false;
}

static bool
set_note (LamRegionRow *row, LamRegion *region)
{
  region->note = (char *)get_text (&row->note);
  return set_region (row, region);
}

/* In whole voxels; no further than a volume can reach. */
static bool
get_voxels (const Line *line, int64_t voxels[3])
{
  double numbers[3];
  if (!lam_triple_parse (get_text (line), numbers))
    return false;
  for (int i = 0; i < 3; i++) {
    if (numbers[i] != floor (numbers[i]) || fabs (numbers[i]) > INT32_MAX)
      return false;
    voxels[i] = (int64_t)numbers[i];
  }
  return true;
}

static bool
set_box (LamRegionRow *row, LamRegion *region)
{
  int64_t corner[3], size[3];
  if (!get_voxels (&row->corner, corner) || !get_voxels (&row->size, size)) {
    tell_refusal (row,
        _ ("A box is three whole numbers of its first voxel, x, y, z, and "
           "three of how many voxels it is long."));
    return false;
  }
  if (MIN (size[0], MIN (size[1], size[2])) < 1) {
    tell_refusal (
        row, _ ("A box is at least one voxel long in each direction."));
    return false;
  }
  for (int i = 0; i < 3; i++) {
    region->box.min[i] = corner[i];
    region->box.max[i] = corner[i] + size[i];
  }
  return set_region (row, region);
}

static char *
dup_voxels (const int64_t voxels[3])
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                          ", %" G_GINT64_FORMAT,
      voxels[0], voxels[1], voxels[2]);
}

static void
show_box (LamRegionRow *row, const LamBox *box,
    void (*show) (Line *line, const char *text))
{
  const int64_t lengths[3] = { box->max[0] - box->min[0],
    box->max[1] - box->min[1], box->max[2] - box->min[2] };
  g_autofree char *corner = dup_voxels (box->min);
  g_autofree char *size = dup_voxels (lengths);
  show (&row->corner, corner);
  show (&row->size, size);
}

/* What is refused is not left in the row. */
static void
name_cb (LamRegionRow *row)
{
  LamRegion region;
  if (!copy_region (row, &region))
    return;
  g_autofree char *old = g_strdup (region.name);
  if (!set_name (row, &region))
    put (&row->name, old);
}

static void
note_cb (LamRegionRow *row)
{
  LamRegion region;
  if (!copy_region (row, &region))
    return;
  g_autofree char *old = g_strdup (region.note);
  if (!set_note (row, &region))
    put (&row->note, old);
}

static void
box_cb (LamRegionRow *row)
{
  LamRegion region;
  if (!copy_region (row, &region))
    return;
  const LamBox old = region.box;
  if (!set_box (row, &region))
    show_box (row, &old, put);
}

static void
role_cb (LamRegionRow *row)
{
  LamRegion region;
  const guint role = adw_combo_row_get_selected (row->role);
  if (!copy_region (row, &region) || (guint)region.role == role)
    return;
  const LamRegionRole old = region.role;
  region.role = (LamRegionRole)role;
  if (!set_region (row, &region))
    adw_combo_row_set_selected (row->role, old);
}

static void
review_cb (LamRegionRow *row)
{
  LamRegion region;
  const guint review = adw_combo_row_get_selected (row->review);
  if (!copy_region (row, &region) || (guint)region.review == review)
    return;
  const LamReview old = region.review;
  region.review = (LamReview)review;
  if (!set_region (row, &region))
    adw_combo_row_set_selected (row->review, old);
}

static bool
keep (LamRegionRow *row, Line *line, bool (*set) (LamRegionRow *, LamRegion *))
{
  LamRegion region;
  if (!is_written_in (line) || !copy_region (row, &region))
    return true;
  if (!set (row, &region)) {
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
    gtk_widget_grab_focus (line->entry);
    return false;
  }
  g_free (line->shown);
  line->shown = g_strdup (get_text (line));
  return true;
}

bool
lam_region_row_settle (LamRegionRow *row)
{
  g_return_val_if_fail (LAM_IS_REGION_ROW (row), true);
  return keep (row, &row->name, set_name) && keep (row, &row->corner, set_box)
      && keep (row, &row->size, set_box) && keep (row, &row->note, set_note);
}

/* --- showing -------------------------------------------------------------- */

static char *
dup_place (const LamRegion *region)
{
  const int64_t *min = region->box.min, *max = region->box.max;
  return g_strdup_printf (_ ("%d × %d × %d voxels at %d, %d, %d"),
      (int)(max[0] - min[0]), (int)(max[1] - min[1]), (int)(max[2] - min[2]),
      (int)min[0], (int)min[1], (int)min[2]);
}

static void
show_titles (LamRegionRow *row, const LamRegion *region)
{
  static const char *const states[LAM_N_REVIEWS] = { N_ ("not started"),
    N_ ("in progress"), N_ ("verified"), N_ ("flagged") };
  g_autofree char *place = dup_place (region);
  g_autofree char *state = region->damage
      ? g_strdup_printf (_ ("damaged: %s. It counts as verified until you say "
                            "anew what it is"),
          region->damage)
      : g_strdup (_ (states[region->review]));
  g_autofree char *text = g_strdup_printf (
      *region->note ? "%s · %s\n%s" : "%s · %s%s", state, place, region->note);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), region->name);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), text);
  gtk_widget_set_tooltip_text (
      GTK_WIDGET (row), *region->note ? region->note : NULL);
}

static void
show_role (LamRegionRow *row, LamRegionRole role)
{
  g_autofree char *markup =
      g_strdup_printf ("<span foreground=\"#%06x\">■</span>",
          lam_region_lines_get_rgb ((int)role));
  gtk_label_set_markup (row->swatch, markup);
  adw_combo_row_set_selected (row->role, role);
}

void
lam_region_row_refresh (LamRegionRow *row)
{
  LamRegion region;
  g_return_if_fail (LAM_IS_REGION_ROW (row));
  if (!copy_region (row, &region))
    return;
  show_titles (row, &region);
  show_role (row, region.role);
  adw_combo_row_set_selected (row->review, region.review);
  refresh_line (&row->name, region.name);
  show_box (row, &region.box, refresh_line);
  refresh_line (&row->note, region.note);
}

/* --- the row -------------------------------------------------------------- */

static void
add_line (
    LamRegionRow *row, Line *line, const char *title, GCallback applied_cb)
{
  line->entry = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (line->entry), title);
  put (line, "");
  g_signal_connect_swapped (line->entry, "apply", applied_cb, row);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), line->entry);
}

static AdwComboRow *
add_choice (LamRegionRow *row, const char *title, const char *const *texts,
    GCallback chosen_cb)
{
  GtkWidget *choice = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (texts);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (choice), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (choice), G_LIST_MODEL (list));
  g_signal_connect_swapped (choice, "notify::selected", chosen_cb, row);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), choice);
  return ADW_COMBO_ROW (choice);
}

/* In the order of the numbers that are stored. */
static void
add_choices (LamRegionRow *row)
{
  const char *const roles[] = { _ ("Does not use it"), _ ("Learns from it"),
    _ ("Is judged by it"), _ ("Is tested by it, at the end"),
    _ ("Must leave it out"), NULL };
  const char *const reviews[] = { _ ("Not started"), _ ("In progress"),
    _ ("Verified"), _ ("Flagged"), NULL };
  G_STATIC_ASSERT (G_N_ELEMENTS (roles) == LAM_N_REGION_ROLES + 1);
  G_STATIC_ASSERT (G_N_ELEMENTS (reviews) == LAM_N_REVIEWS + 1);
  row->role = add_choice (row, _ ("A network"), roles, G_CALLBACK (role_cb));
  row->review = add_choice (row, _ ("Review"), reviews, G_CALLBACK (review_cb));
}

static void
lam_region_row_finalize (GObject *object)
{
  LamRegionRow *row = LAM_REGION_ROW (object);
  g_free (row->name.shown);
  g_free (row->corner.shown);
  g_free (row->size.shown);
  g_free (row->note.shown);
  G_OBJECT_CLASS (lam_region_row_parent_class)->finalize (object);
}

static void
lam_region_row_class_init (LamRegionRowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_region_row_finalize;
}

/* Without a region nothing that is chosen here is stored. */
static void
lam_region_row_init (LamRegionRow *row)
{
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  row->swatch = GTK_LABEL (gtk_label_new (NULL));
  adw_expander_row_add_prefix (
      ADW_EXPANDER_ROW (row), GTK_WIDGET (row->swatch));
}

LamRegionRow *
lam_region_row_new (LamWorkspace *workspace, int32_t id)
{
  g_return_val_if_fail (lam_workspace_get_region (workspace, id), NULL);
  LamRegionRow *row = g_object_new (LAM_TYPE_REGION_ROW, NULL);
  row->workspace = workspace;
  add_line (row, &row->name, _ ("Name"), G_CALLBACK (name_cb));
  add_choices (row);
  add_line (row, &row->note, _ ("Note"), G_CALLBACK (note_cb));
  add_line (
      row, &row->corner, _ ("First voxel (x, y, z)"), G_CALLBACK (box_cb));
  add_line (row, &row->size, _ ("Voxels along x, y, z"), G_CALLBACK (box_cb));
  row->id = id;
  lam_region_row_refresh (row);
  return row;
}

int32_t
lam_region_row_get_id (LamRegionRow *row)
{
  g_return_val_if_fail (LAM_IS_REGION_ROW (row), 0);
  return row->id;
}
