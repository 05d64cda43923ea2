/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/history-line.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "tools/tool.h"
#include "workspace/history-names.h"

#define SECOND INT64_C (1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MILLION 1000000

struct _LamHistoryLine {
  AdwBin parent_instance;
  int64_t time; /* microseconds since 1970 */
  char *who; /* Owned */
  char *amount; /* Owned */
  /* Template children */
  GtkImage *icon;
  GtkLabel *what, *when, *where;
  GtkButton *revert, *restore;
};

G_DEFINE_FINAL_TYPE (LamHistoryLine, lam_history_line, ADW_TYPE_BIN)

/* Edits that no tool of the pointer makes. */
static const struct {
  const char *name, *title, *icon_name;
} others[] = {
  { "import", N_ ("Import"), "document-open-symbolic" },
  { "delete", N_ ("Delete label"), "user-trash-symbolic" },
  { "merge-labels", N_ ("Merge labels"), "document-edit-symbolic" },
  { "verify", N_ ("Verified"), "object-select-symbolic" },
  { "label", N_ ("Label"), "document-edit-symbolic" },
  { "class", N_ ("Class"), "document-edit-symbolic" },
  { "region", N_ ("Region"), "document-edit-symbolic" },
  { "model", N_ ("Network"), "system-run-symbolic" },
  { "accept", N_ ("Accepted proposal"), "object-select-symbolic" },
  { "second-best", N_ ("Second best taken"), "object-select-symbolic" },
  { "restore", N_ ("Taken back"), "edit-undo-symbolic" },
  { "merge", N_ ("Merge"), "document-open-symbolic" },
  { "take-voice", N_ ("Other’s word taken"), "object-select-symbolic" },
  { "take-object", N_ ("Other’s object taken"), "object-select-symbolic" },
  { "undo", N_ ("Undo"), "edit-undo-symbolic" },
  { "redo", N_ ("Redo"), "edit-redo-symbolic" },
};

static void
get_title (const char *name, const char **title, const char **icon_name)
{
  const LamTool *tool = lam_tool_find (name);
  *title = tool ? _ (tool->title) : name;
  *icon_name = tool ? tool->icon_name : "emblem-system-symbolic";
  const LamFigure *shape = tool ? NULL : lam_figure_find (name);
  if (shape) {
    *title = _ (shape->title);
    *icon_name = "document-edit-symbolic";
  }
  for (size_t i = 0; !tool && i < G_N_ELEMENTS (others); i++)
    if (strcmp (others[i].name, name) == 0) {
      *title = _ (others[i].title);
      *icon_name = others[i].icon_name;
    }
}

const char *
lam_history_line_get_title (const char *tool)
{
  const char *title, *icon_name;
  get_title (tool, &title, &icon_name);
  return title;
}

/* "just now", "5 min ago", "14:05", "3 Nov". */
static char *
describe_age (int64_t time)
{
  int64_t age = g_get_real_time () - time;
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (time / SECOND);
  if (age < MINUTE || !then)
    return g_strdup (_ ("just now"));
  if (age < HOUR)
    return g_strdup_printf (_ ("%d min ago"), (int)(age / MINUTE));
  if (age < DAY)
    return g_date_time_format (then, "%H:%M");
  if (age < 300 * DAY)
    /* Translators: a day without its year, as g_date_time_format() has it. */
    return g_date_time_format (then, _ ("%-d %b"));
  return g_date_time_format (then, "%x");
}

static char *
describe_what (const LamHistoryRow *row, const char *title)
{
  bool is_row = strcmp (row->tool, "label") == 0
      || strcmp (row->tool, "class") == 0 || strcmp (row->tool, "region") == 0
      || strcmp (row->tool, "note") == 0;
  const char *detail = lam_history_get_detail (row);
  if (!*detail)
    return g_strdup (title);
  /* A detail such as "New label" says all that the title would. */
  return is_row ? g_strdup (detail) : g_strdup_printf ("%s: %s", title, detail);
}

static char *
describe_exact_amount (const LamHistoryRow *row)
{
  g_autofree char *number =
      g_strdup_printf ("%'" G_GINT64_FORMAT, row->n_voxels);
  gulong plural = (gulong)MIN (row->n_voxels, G_MAXINT);
  return g_strdup_printf (ngettext ("%s voxel", "%s voxels", plural), number);
}

/* Short, as the line is; the exact number is in the tooltip. */
static char *
describe_amount (const LamHistoryRow *row)
{
  if (row->n_voxels <= 0)
    return g_strdup ("");
  if (row->n_voxels < MILLION)
    return describe_exact_amount (row);
  /* Translators: millions of voxels. */
  return g_strdup_printf (_ ("%.1f M voxels"), (double)row->n_voxels / MILLION);
}

/* The middle; the whole box is in the tooltip. */
static char *
describe_place (const LamHistoryRow *row)
{
  const LamBox *box = &row->box;
  if (lam_box_is_empty (box))
    return g_strdup ("");
  int64_t middle[3];
  for (int i = 0; i < 3; i++)
    middle[i] = (box->min[i] + box->max[i] - 1) / 2;
  return g_strdup_printf ("%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                          ", %" G_GINT64_FORMAT,
      middle[0], middle[1], middle[2]);
}

static void
append_box (GString *text, const LamBox *box)
{
  static const char axes[] = "xyz";
  for (int i = 0; i < 3; i++)
    g_string_append_printf (text, "%s%c %" G_GINT64_FORMAT "–%" G_GINT64_FORMAT,
        i ? ", " : "\n", axes[i], box->min[i], box->max[i] - 1);
}

static char *
describe_all (const LamHistoryRow *row, const char *title)
{
  g_autoptr (GDateTime) then =
      g_date_time_new_from_unix_local (row->time / SECOND);
  g_autofree char *when =
      then ? g_date_time_format (then, "%c") : g_strdup ("");
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s\n%s, %s", title, row->who, when);
  if (row->n_voxels > 0) {
    g_autofree char *amount = describe_exact_amount (row);
    g_string_append_printf (text, "\n%s", amount);
  }
  if (!lam_box_is_empty (&row->box))
    append_box (text, &row->box);
  if (row->undone)
    g_string_append_printf (text, "\n%s", _ ("Undone"));
  return g_string_free (text, FALSE);
}

static void
lam_history_line_finalize (GObject *object)
{
  LamHistoryLine *line = LAM_HISTORY_LINE (object);
  g_free (line->who);
  g_free (line->amount);
  G_OBJECT_CLASS (lam_history_line_parent_class)->finalize (object);
}

static void
lam_history_line_class_init (LamHistoryLineClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_history_line_finalize;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/history-line.ui");
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, icon);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, what);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, when);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, where);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, revert);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryLine, restore);
}

static void
lam_history_line_init (LamHistoryLine *line)
{
  line->who = g_strdup ("");
  line->amount = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (line));
}

GtkWidget *
lam_history_line_new (void)
{
  return g_object_new (LAM_TYPE_HISTORY_LINE, NULL);
}

void
lam_history_line_show (LamHistoryLine *line, const LamHistoryRow *row)
{
  g_return_if_fail (LAM_IS_HISTORY_LINE (line));

  const char *title, *icon_name;
  get_title (row->tool, &title, &icon_name);
  g_autofree char *what = describe_what (row, title);
  g_autofree char *place = describe_place (row);
  g_autofree char *all = describe_all (row, title);
  line->time = row->time;
  g_free (line->who);
  line->who = g_strdup (row->who);
  g_free (line->amount);
  line->amount = describe_amount (row);

  gtk_image_set_from_icon_name (line->icon, icon_name);
  gtk_label_set_text (line->what, what);
  gtk_label_set_text (line->where, place);
  gtk_widget_set_tooltip_text (GTK_WIDGET (line), all);
  gtk_actionable_set_action_target (
      GTK_ACTIONABLE (line->revert), "x", row->id);
  gtk_actionable_set_action_name (
      GTK_ACTIONABLE (line->revert), "history.revert");
  gtk_actionable_set_action_target (
      GTK_ACTIONABLE (line->restore), "x", row->id);
  gtk_actionable_set_action_name (
      GTK_ACTIONABLE (line->restore), "history.restore");
  if (row->undone)
    gtk_widget_add_css_class (GTK_WIDGET (line), "undone");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (line), "undone");
  const char *verb =
      row->undone ? _ ("Redo up to here…") : _ ("Go back to just after this…");
  gtk_widget_set_tooltip_text (GTK_WIDGET (line->revert), verb);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (line->revert), GTK_ACCESSIBLE_PROPERTY_LABEL, verb, -1);
  gtk_button_set_icon_name (
      line->revert, row->undone ? "edit-redo-symbolic" : "edit-undo-symbolic");
  lam_history_line_refresh_time (line);
}

void
lam_history_line_refresh_time (LamHistoryLine *line)
{
  g_return_if_fail (LAM_IS_HISTORY_LINE (line));
  g_autofree char *age = describe_age (line->time);
  g_autofree char *text = *line->amount
      ? g_strdup_printf ("%s · %s · %s", age, line->who, line->amount)
      : g_strdup_printf ("%s · %s", age, line->who);
  gtk_label_set_text (line->when, text);
}
