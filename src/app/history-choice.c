/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Four lists with "all" first. Who and what there is, is read by a worker when
 * the choice comes on screen and when the history changes; what was chosen
 * stays chosen. */
#include "app/history-choice.h"

#include <string.h>

#include "app/history-line.h"
#include "workspace/history-names.h"
#include "base/moment.h"
#include "workspace/regions.h"

#define SECOND INT64_C (1000000) /* in microseconds */
#define DAY_SECONDS (24 * 3600)
/* After the images moved, until it is listed anew what is seen. */
#define SEEN_DELAY_MS 300

/* In the order of the template's entries. */
typedef enum {
  TIME_ANY,
  TIME_HOUR,
  TIME_TODAY,
  TIME_WEEK,
  TIME_MONTH,
  TIME_BETWEEN,
} TimeChoice;

enum { PLACE_ANY, PLACE_SEEN, N_PLACES };

typedef struct {
  int32_t id; /* of a region */
  LamBox box;
} Place;

struct _LamHistoryChoice {
  AdwBin parent_instance;
  bool is_filling, is_reading, is_stale;
  guint seen_source;
  /* Owned */
  LamWorkspace *workspace;
  GPtrArray *persons, *tools; /* char *, behind the first of their lists */
  GArray *places; /* Place, of the regions behind N_PLACES */
  /* Borrowed */
  LamCanvas *canvas;
  /* Template children */
  GtkDropDown *by_person, *by_tool, *by_time, *by_place;
  GtkWidget *between;
  GtkEntry *since, *until;
};

G_DEFINE_FINAL_TYPE (LamHistoryChoice, lam_history_choice, ADW_TYPE_BIN)

static guint changed_signal;

static void
tell (LamHistoryChoice *choice)
{
  if (!choice->is_filling)
    g_signal_emit (choice, changed_signal, 0);
}

/* --- when ----------------------------------------------------------------- */

static int64_t
start_of_today (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) start = g_date_time_new_local (
      g_date_time_get_year (now), g_date_time_get_month (now),
      g_date_time_get_day_of_month (now), 0, 0, 0);
  return start ? g_date_time_to_unix (start) * SECOND : 0;
}

/* Marks what is no moment; nothing is said is no end. */
static int64_t
read_moment (GtkEntry *entry, LamDayMeaning day)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));
  int64_t time = 0;
  if (*text && !lam_moment_parse (text, day, &time))
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  return time;
}

static void
get_time (LamHistoryChoice *choice, LamHistoryFilter *filter)
{
  const int64_t now = g_get_real_time ();
  switch ((TimeChoice)gtk_drop_down_get_selected (choice->by_time)) {
  case TIME_HOUR:
    filter->since = now - 3600 * SECOND;
    break;
  case TIME_TODAY:
    filter->since = start_of_today ();
    break;
  case TIME_WEEK:
    filter->since = now - 7 * DAY_SECONDS * SECOND;
    break;
  case TIME_MONTH:
    filter->since = now - 30 * DAY_SECONDS * SECOND;
    break;
  case TIME_BETWEEN:
    filter->since = read_moment (choice->since, LAM_DAY_BEGINS);
    filter->until = read_moment (choice->until, LAM_DAY_ENDS);
    break;
  case TIME_ANY:
    break;
  }
}

/* --- where ---------------------------------------------------------------- */

/* Of id 0: no region is chosen. */
static Place
get_region (LamHistoryChoice *choice)
{
  const guint i = gtk_drop_down_get_selected (choice->by_place);
  return i >= N_PLACES && i - N_PLACES < choice->places->len
      ? g_array_index (choice->places, Place, i - N_PLACES)
      : (Place){ 0 };
}

static LamBox
get_place (LamHistoryChoice *choice)
{
  LamBox box = get_region (choice).box;
  if (gtk_drop_down_get_selected (choice->by_place) == PLACE_SEEN
      && choice->canvas)
    lam_canvas_get_seen_box (choice->canvas, &box);
  return box;
}

static gboolean
seen_cb (gpointer user_data)
{
  LamHistoryChoice *choice = user_data;
  choice->seen_source = 0;
  tell (choice);
  return G_SOURCE_REMOVE;
}

static void
view_changed_cb (LamHistoryChoice *choice)
{
  if (gtk_drop_down_get_selected (choice->by_place) != PLACE_SEEN)
    return;
  g_clear_handle_id (&choice->seen_source, g_source_remove);
  choice->seen_source = g_timeout_add (SEEN_DELAY_MS, seen_cb, choice);
}

/* --- the lists ------------------------------------------------------------ */

static bool
is_as_before (
    GtkStringList *list, guint n_kept, char *const *names, guint n_names)
{
  bool is_same =
      g_list_model_get_n_items (G_LIST_MODEL (list)) == n_kept + n_names;
  for (guint i = 0; is_same && i < n_names; i++)
    is_same =
        strcmp (gtk_string_list_get_string (list, n_kept + i), names[i]) == 0;
  return is_same;
}

/* Entries behind the first `n_kept` are those of `names`; what was chosen is
 * chosen again where it is still there. A list that may be open stays what it
 * is where nothing is new. */
static void
fill (GtkDropDown *list, guint n_kept, char *const *names, guint n)
{
  GtkStringList *old = GTK_STRING_LIST (gtk_drop_down_get_model (list));
  if (is_as_before (old, n_kept, names, n))
    return;
  const guint selected = gtk_drop_down_get_selected (list);
  const char *text = selected == GTK_INVALID_LIST_POSITION
      ? NULL
      : gtk_string_list_get_string (old, selected);
  g_autofree char *chosen = g_strdup (text);
  guint found = selected < n_kept ? selected : 0;
  g_autoptr (GtkStringList) model = gtk_string_list_new (NULL);
  for (guint i = 0; i < n_kept; i++)
    gtk_string_list_append (model, gtk_string_list_get_string (old, i));
  for (guint i = 0; i < n; i++) {
    gtk_string_list_append (model, names[i]);
    if (chosen && selected >= n_kept && strcmp (chosen, names[i]) == 0)
      found = n_kept + i;
  }
  gtk_drop_down_set_model (list, G_LIST_MODEL (model));
  gtk_drop_down_set_selected (list, found);
}

/* A region stays chosen under another name and with another box; one that has
 * gone no longer narrows. */
static void
fill_regions (LamHistoryChoice *choice)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const Place before = get_region (choice);
  const guint selected = gtk_drop_down_get_selected (choice->by_place);
  guint found = selected < N_PLACES ? selected : PLACE_ANY;
  size_t n = lam_workspace_get_n_regions (choice->workspace);
  g_array_set_size (choice->places, 0);
  for (size_t i = 0; i < n; i++) {
    const LamRegion *region =
        lam_workspace_get_nth_region (choice->workspace, i);
    const Place place = { .id = region->id, .box = region->box };
    g_ptr_array_add (names, region->name);
    g_array_append_val (choice->places, place);
    if (before.id != 0 && region->id == before.id)
      found = N_PLACES + (guint)i;
  }
  choice->is_filling = true;
  fill (choice->by_place, N_PLACES, (char **)names->pdata, names->len);
  gtk_drop_down_set_selected (choice->by_place, found);
  choice->is_filling = false;
  const Place now = get_region (choice);
  if (!lam_box_equal (&before.box, &now.box))
    tell (choice);
}

static void
fill_names (LamHistoryChoice *choice, const LamHistoryNames *names)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  for (guint i = 0; i < names->tools->len; i++)
    g_ptr_array_add (
        titles, (char *)lam_history_line_get_title (names->tools->pdata[i]));
  choice->is_filling = true;
  fill (choice->by_person, 1, (char **)names->persons->pdata,
      names->persons->len);
  fill (choice->by_tool, 1, (char **)titles->pdata, titles->len);
  choice->is_filling = false;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamHistoryChoice) choice = user_data;
  g_auto (LamHistoryNames) names = { 0 };
  g_autoptr (GError) error = NULL;
  choice->is_reading = false;
  if (!lam_history_names_read_finish (result, &names, &error))
    g_debug ("history: %s", error->message);
  else if (choice->workspace) {
    fill_names (choice, &names);
    g_clear_pointer (&choice->persons, g_ptr_array_unref);
    g_clear_pointer (&choice->tools, g_ptr_array_unref);
    choice->persons = g_steal_pointer (&names.persons);
    choice->tools = g_steal_pointer (&names.tools);
  }
  if (choice->is_stale)
    lam_history_choice_refresh (choice);
}

void
lam_history_choice_refresh (LamHistoryChoice *choice)
{
  g_return_if_fail (LAM_IS_HISTORY_CHOICE (choice));
  if (!choice->workspace || !lam_workspace_get_store (choice->workspace))
    return;
  fill_regions (choice);
  choice->is_stale = choice->is_reading;
  if (choice->is_reading)
    return;
  choice->is_reading = true;
  lam_history_names_read_async (
      choice->workspace, read_cb, g_object_ref (choice));
}

/* --- the widget ----------------------------------------------------------- */

static void
chosen_cb (LamHistoryChoice *choice)
{
  gtk_widget_set_visible (choice->between,
      gtk_drop_down_get_selected (choice->by_time) == TIME_BETWEEN);
  tell (choice);
}

static void
lam_history_choice_dispose (GObject *object)
{
  LamHistoryChoice *choice = LAM_HISTORY_CHOICE (object);
  g_clear_handle_id (&choice->seen_source, g_source_remove);
  lam_history_choice_set_canvas (choice, NULL);
  g_clear_object (&choice->workspace);
  G_OBJECT_CLASS (lam_history_choice_parent_class)->dispose (object);
}

static void
lam_history_choice_finalize (GObject *object)
{
  LamHistoryChoice *choice = LAM_HISTORY_CHOICE (object);
  g_ptr_array_unref (choice->persons);
  g_ptr_array_unref (choice->tools);
  g_array_unref (choice->places);
  G_OBJECT_CLASS (lam_history_choice_parent_class)->finalize (object);
}

static void
lam_history_choice_class_init (LamHistoryChoiceClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_history_choice_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_history_choice_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/history-choice.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamHistoryChoice, child)
  BIND (by_person);
  BIND (by_tool);
  BIND (by_time);
  BIND (by_place);
  BIND (between);
  BIND (since);
  BIND (until);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  changed_signal = g_signal_new ("changed", LAM_TYPE_HISTORY_CHOICE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_history_choice_init (LamHistoryChoice *choice)
{
  choice->persons = g_ptr_array_new_with_free_func (g_free);
  choice->tools = g_ptr_array_new_with_free_func (g_free);
  choice->places = g_array_new (FALSE, FALSE, sizeof (Place));
  gtk_widget_init_template (GTK_WIDGET (choice));
}

void
lam_history_choice_set_canvas (LamHistoryChoice *choice, LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_HISTORY_CHOICE (choice));
  if (choice->canvas)
    g_signal_handlers_disconnect_by_data (choice->canvas, choice);
  g_set_weak_pointer (&choice->canvas, canvas);
  if (canvas)
    g_signal_connect_object (canvas, "view-changed",
        G_CALLBACK (view_changed_cb), choice, G_CONNECT_SWAPPED);
}

void
lam_history_choice_set_workspace (
    LamHistoryChoice *choice, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_HISTORY_CHOICE (choice));
  g_set_object (&choice->workspace, workspace);
  lam_history_choice_reset (choice);
}

void
lam_history_choice_reset (LamHistoryChoice *choice)
{
  g_return_if_fail (LAM_IS_HISTORY_CHOICE (choice));
  choice->is_filling = true;
  gtk_drop_down_set_selected (choice->by_person, 0);
  gtk_drop_down_set_selected (choice->by_tool, 0);
  gtk_drop_down_set_selected (choice->by_time, TIME_ANY);
  gtk_drop_down_set_selected (choice->by_place, PLACE_ANY);
  choice->is_filling = false;
  chosen_cb (choice);
}

static const char *
get_name (GtkDropDown *list, const GPtrArray *names)
{
  const guint i = gtk_drop_down_get_selected (list);
  return i > 0 && i <= names->len ? names->pdata[i - 1] : NULL;
}

bool
lam_history_choice_get (LamHistoryChoice *choice, LamHistoryFilter *filter)
{
  g_return_val_if_fail (LAM_IS_HISTORY_CHOICE (choice), false);
  *filter =
      (LamHistoryFilter){ .who = get_name (choice->by_person, choice->persons),
        .tool = get_name (choice->by_tool, choice->tools),
        .box = get_place (choice) };
  get_time (choice, filter);
  return filter->who || filter->tool || filter->since != 0 || filter->until != 0
      || !lam_box_is_empty (&filter->box);
}
