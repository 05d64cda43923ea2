/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One row a property: the table makes the GObject properties, the defaults and
 * what is written to the project. Every value is a double here; a flag is 0 or
 * 1. Writing is put off by SAVE_DELAY_MS, so that dragging a slider costs one
 * write. */
#include "app/display.h"

#include <math.h>
#include <string.h>

#define SAVE_DELAY_MS 800
/* Fractions of the voxels that may be plain black and plain white. */
#define AUTO_BLACK 0.003
#define AUTO_WHITE 0.997

typedef enum {
  LOW = 1,
  HIGH,
  RANGE_LOW,
  RANGE_HIGH,
  INVERT,
  INTERPOLATE,
  LABEL_OPACITY,
  OUTLINE_OPACITY,
  HIDE_LABELS,
  COLOUR_BY_CLASS,
  SHOW_SOURCES,
  SHOW_DOUBTS,
  SHOW_PROPOSALS,
  SHOW_THEIRS,
  SHOW_CROSSHAIR,
  SHOW_GHOSTS,
  SHOW_REGIONS,
  SHOW_NOTES,
  N_PROPERTIES
} Property;

typedef struct {
  const char *name;
  bool is_flag, is_saved;
  double min, max, value;
} Row;

static const Row rows[N_PROPERTIES] = {
  [LOW] = { "low", false, true, -G_MAXDOUBLE, G_MAXDOUBLE, 0 },
  [HIGH] = { "high", false, true, -G_MAXDOUBLE, G_MAXDOUBLE, 255 },
  [RANGE_LOW] = { "range-low", false, false, -G_MAXDOUBLE, G_MAXDOUBLE, 0 },
  [RANGE_HIGH] = { "range-high", false, false, -G_MAXDOUBLE, G_MAXDOUBLE, 255 },
  [INVERT] = { "invert", true, true, 0, 1, 0 },
  [INTERPOLATE] = { "interpolate", true, true, 0, 1, 0 },
  [LABEL_OPACITY] = { "label-opacity", false, true, 0, 1, 0.35 },
  [OUTLINE_OPACITY] = { "outline-opacity", false, true, 0, 1, 0.9 },
  [HIDE_LABELS] = { "hide-labels", true, false, 0, 1, 0 },
  [COLOUR_BY_CLASS] = { "colour-by-class", true, true, 0, 1, 0 },
  [SHOW_SOURCES] = { "show-sources", true, false, 0, 1, 0 },
  [SHOW_DOUBTS] = { "show-doubts", true, false, 0, 1, 0 },
  [SHOW_PROPOSALS] = { "show-proposals", true, false, 0, 1, 0 },
  [SHOW_THEIRS] = { "show-theirs", true, false, 0, 1, 0 },
  [SHOW_CROSSHAIR] = { "show-crosshair", true, true, 0, 1, 1 },
  [SHOW_GHOSTS] = { "show-ghosts", true, true, 0, 1, 0 },
  [SHOW_REGIONS] = { "show-regions", true, true, 0, 1, 1 },
  [SHOW_NOTES] = { "show-notes", true, true, 0, 1, 1 },
};

struct _LamDisplay {
  GObject parent_instance;
  double values[N_PROPERTIES];
  bool unsaved[N_PROPERTIES];
  bool knows_window;
  /* Owned */
  LamWorkspace *workspace;
  LamHistogram *histogram;
  guint save_source;
};

G_DEFINE_FINAL_TYPE (LamDisplay, lam_display, G_TYPE_OBJECT)

enum { CHANGED, HISTOGRAM_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];
static GParamSpec *specs[N_PROPERTIES];

static char *
dup_setting_name (Property property)
{
  return g_strconcat ("display.", rows[property].name, NULL);
}

static void
save (LamDisplay *display)
{
  g_clear_handle_id (&display->save_source, g_source_remove);
  for (int i = 1; i < N_PROPERTIES; i++) {
    if (!display->unsaved[i])
      continue;
    display->unsaved[i] = false;
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *name = dup_setting_name (i);
    lam_workspace_set_setting (display->workspace, name,
        g_ascii_dtostr (text, sizeof text, display->values[i]));
  }
}

static gboolean
save_cb (gpointer user_data)
{
  LamDisplay *display = user_data;
  display->save_source = 0;
  save (display);
  return G_SOURCE_REMOVE;
}

/* The one setter; says whether something changed. */
static bool
set_value (LamDisplay *display, Property property, double value)
{
  const Row *row = &rows[property];
  if (!isfinite (value))
    return false;
  value = CLAMP (value, row->min, row->max);
  if (display->values[property] == value)
    return false;
  display->values[property] = value;
  if (row->is_saved && display->workspace) {
    display->unsaved[property] = true;
    if (!display->save_source)
      display->save_source = g_timeout_add (SAVE_DELAY_MS, save_cb, display);
  }
  g_object_notify_by_pspec (G_OBJECT (display), specs[property]);
  /* There is one map at a time. */
  for (int i = SHOW_SOURCES; i <= SHOW_PROPOSALS && value != 0; i++)
    if (property >= SHOW_SOURCES && property <= SHOW_PROPOSALS
        && i != (int)property)
      set_value (display, i, 0);
  return true;
}

static void
lam_display_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LamDisplay *display = LAM_DISPLAY (object);
  double number = rows[id].is_flag ? g_value_get_boolean (value)
                                   : g_value_get_double (value);
  if (set_value (display, id, number))
    g_signal_emit (display, signals[CHANGED], 0);
}

static void
lam_display_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LamDisplay *display = LAM_DISPLAY (object);
  if (rows[id].is_flag)
    g_value_set_boolean (value, display->values[id] != 0);
  else
    g_value_set_double (value, display->values[id]);
}

static void
lam_display_dispose (GObject *object)
{
  LamDisplay *display = LAM_DISPLAY (object);
  if (display->workspace)
    save (display);
  g_clear_handle_id (&display->save_source, g_source_remove);
  g_clear_object (&display->workspace);
  g_clear_pointer (&display->histogram, g_free);
  G_OBJECT_CLASS (lam_display_parent_class)->dispose (object);
}

static void
lam_display_class_init (LamDisplayClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->set_property = lam_display_set_property;
  object_class->get_property = lam_display_get_property;
  object_class->dispose = lam_display_dispose;

  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  for (int i = 1; i < N_PROPERTIES; i++) {
    const Row *row = &rows[i];
    specs[i] = row->is_flag
        ? g_param_spec_boolean (row->name, NULL, NULL, row->value != 0, flags)
        : g_param_spec_double (
            row->name, NULL, NULL, row->min, row->max, row->value, flags);
  }
  g_object_class_install_properties (object_class, N_PROPERTIES, specs);
  signals[CHANGED] = g_signal_new ("changed", LAM_TYPE_DISPLAY,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[HISTOGRAM_CHANGED] = g_signal_new ("histogram-changed",
      LAM_TYPE_DISPLAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_display_init (LamDisplay *display)
{
  for (int i = 1; i < N_PROPERTIES; i++)
    display->values[i] = rows[i].value;
}

LamDisplay *
lam_display_new (void)
{
  return g_object_new (LAM_TYPE_DISPLAY, NULL);
}

/* Setting `property` from the workspace's text; false when there is none. */
static bool
load_value (LamDisplay *display, LamWorkspace *workspace, Property property)
{
  g_autofree char *name = dup_setting_name (property);
  g_autofree char *text = lam_workspace_dup_setting (workspace, name);
  if (!text)
    return false;
  set_value (display, property, g_ascii_strtod (text, NULL));
  return true;
}

void
lam_display_set_workspace (LamDisplay *display, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_DISPLAY (display));

  if (display->workspace)
    save (display);
  g_clear_object (&display->workspace);
  g_clear_pointer (&display->histogram, g_free);
  display->knows_window = false;
  for (int i = 1; i < N_PROPERTIES; i++) {
    bool known =
        workspace && rows[i].is_saved && load_value (display, workspace, i);
    if (!known && (!workspace || i <= RANGE_HIGH))
      set_value (display, i, rows[i].value);
    if (i == HIGH)
      display->knows_window = known;
  }
  g_set_object (&display->workspace, workspace);
  g_signal_emit (display, signals[HISTOGRAM_CHANGED], 0);
  g_signal_emit (display, signals[CHANGED], 0);
}

bool
lam_display_knows_window (LamDisplay *display)
{
  g_return_val_if_fail (LAM_IS_DISPLAY (display), false);
  return display->knows_window;
}

void
lam_display_fill_look (LamDisplay *display, LamLook *look)
{
  g_return_if_fail (LAM_IS_DISPLAY (display));
  const double *values = display->values;
  look->low = values[LOW];
  look->high = values[HIGH];
  look->invert = values[INVERT] != 0;
  look->interpolate = values[INTERPOLATE] != 0;
  look->label_opacity = values[LABEL_OPACITY];
  look->outline_opacity = values[OUTLINE_OPACITY];
  look->hide_labels = values[HIDE_LABELS] != 0;
  look->colour_by_class = values[COLOUR_BY_CLASS] != 0;
  look->map = values[SHOW_SOURCES] != 0 ? LAM_MAP_SOURCES
      : values[SHOW_DOUBTS] != 0        ? LAM_MAP_DOUBTS
      : values[SHOW_PROPOSALS] != 0     ? LAM_MAP_PROPOSALS
                                        : LAM_MAP_LABELS;
  look->show_theirs = values[SHOW_THEIRS] != 0;
  look->show_crosshair = values[SHOW_CROSSHAIR] != 0;
}

void
lam_display_set_window (LamDisplay *display, double low, double high)
{
  g_return_if_fail (LAM_IS_DISPLAY (display));
  bool changed = set_value (display, LOW, low);
  changed |= set_value (display, HIGH, high);
  display->knows_window = true;
  if (changed)
    g_signal_emit (display, signals[CHANGED], 0);
}

const LamHistogram *
lam_display_get_histogram (LamDisplay *display)
{
  g_return_val_if_fail (LAM_IS_DISPLAY (display), NULL);
  return display->histogram;
}

void
lam_display_set_histogram (LamDisplay *display, const LamHistogram *histogram)
{
  g_return_if_fail (LAM_IS_DISPLAY (display));
  g_free (display->histogram);
  display->histogram = g_memdup2 (histogram, sizeof *histogram);
  bool changed = set_value (display, RANGE_LOW, histogram->low);
  changed |= set_value (display, RANGE_HIGH, histogram->high);
  g_signal_emit (display, signals[HISTOGRAM_CHANGED], 0);
  if (changed)
    g_signal_emit (display, signals[CHANGED], 0);
}

void
lam_display_auto_window (LamDisplay *display)
{
  g_return_if_fail (LAM_IS_DISPLAY (display));
  const LamHistogram *histogram = display->histogram;
  if (!histogram || !histogram->total)
    return;
  double low = lam_histogram_get_percentile (histogram, AUTO_BLACK);
  double high = lam_histogram_get_percentile (histogram, AUTO_WHITE);
  /* An image of one value: show it grey instead of dividing by nothing. */
  if (high <= low) {
    low -= 0.5;
    high = low + 1;
  }
  lam_display_set_window (display, low, high);
}
