/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* paint: strokes from standard input, on the same path as the window's. */
#include <glib/gi18n-lib.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/class-choice.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "cli/stroke-line.h"
#include "workspace/labelling.h"
#include "workspace/painting.h"

/* The label that the stroke paints with; 0 with error. */
static uint32_t
choose_label (
    LamWorkspace *workspace, const LamStrokeLine *line, GError **error)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamClass *class_row = NULL;
  if (line->class_name) {
    class_row = lam_class_choice_find (classes, line->class_name, error);
    if (!class_row)
      return 0;
  }
  if (line->label == 0) {
    lam_workspace_set_active_class (workspace, class_row->id);
    if (class_row->has_instances)
      lam_workspace_set_active_label (workspace, 0);
    return lam_workspace_take_label (workspace, error);
  }
  const LamLabel *row = lam_class_table_get_label (classes, line->label);
  if (!row || row->deleted) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("there is no label %u"), line->label);
    return 0;
  }
  if (class_row && row->class_id != class_row->id) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("label %u is of class %d, not %d"), line->label, row->class_id,
        class_row->id);
    return 0;
  }
  return line->label;
}

/* The slice must be there; points may leave the volume, as the pen may. */
static bool
check_slice (LamWorkspace *workspace, const LamStrokeLine *line, GError **error)
{
  const LamStrokeSample *first =
      &g_array_index (line->samples, LamStrokeSample, 0);
  int w = lam_plane_w (line->brush.plane);
  int64_t n = lam_workspace_get_size (workspace)[w];
  if (first->voxel[w] < (double)n)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("there is no slice %.0f of plane %s; the last one is "
         "%" G_GINT64_FORMAT),
      first->voxel[w] - 0.5, lam_plane_name (line->brush.plane), n - 1);
  return false;
}

static bool
paint_stroke (
    LamWorkspace *workspace, const char *text, int64_t *edit_id, GError **error)
{
  g_auto (LamStrokeLine) line = { 0 };
  if (!lam_stroke_line_parse (text, &line, error)
      || !check_slice (workspace, &line, error))
    return false;
  if (!line.erases) {
    line.brush.label = choose_label (workspace, &line, error);
    if (line.brush.label == 0)
      return false;
  }
  if (!lam_workspace_begin_stroke (
          workspace, line.erases ? "eraser" : "brush", &line.brush, error))
    return false;
  for (guint i = 0; i < line.samples->len; i++) {
    const LamStrokeSample *sample =
        &g_array_index (line.samples, LamStrokeSample, i);
    lam_workspace_add_sample (workspace, sample->voxel, sample->pressure);
  }
  lam_workspace_end_stroke (workspace);
  return lam_workspace_wait (workspace, edit_id, error);
}

static bool
paint_lines (LamWorkspace *workspace, GDataInputStream *input, GError **error)
{
  for (int64_t number = 1;; number++) {
    GError *failed = NULL;
    g_autofree char *text =
        g_data_input_stream_read_line_utf8 (input, NULL, NULL, &failed);
    if (!text && !failed)
      return true;
    if (text && *g_strstrip (text) == '\0')
      continue;
    int64_t edit_id = 0;
    if (failed || !paint_stroke (workspace, text, &edit_id, &failed)) {
      g_propagate_prefixed_error (
          error, failed, _ ("line %" G_GINT64_FORMAT ": "), number);
      return false;
    }
    g_print ("ACK %" G_GINT64_FORMAT "\n", edit_id);
    fflush (stdout);
  }
}

/* What a stroke could not do. */
static void
message_cb (LamWorkspace *workspace, const char *text, gpointer user_data)
{
  g_printerr ("lamella-cli: %s\n", text);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  g_signal_connect (workspace, "message", G_CALLBACK (message_cb), NULL);
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (STDIN_FILENO, false);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (raw);
  bool done = paint_lines (workspace, input, error);
  return lam_cli_close (workspace, done, error);
}

const LamCommand lam_command_paint = {
  .name = "paint",
  .title = N_ ("Paints strokes that are read from standard input"),
  .usage = "PROJECT",
  .help = N_ (
      "One stroke a line, as JSON:\n"
      "  {\"tool\": \"brush\", \"class\": 2, \"label\": \"new\", \"plane\": "
      "\"xy\", \"slice\": 10,\n"
      "   \"radius_nm\": 50, \"depth\": 1, \"points\": [[100, 120], [104, "
      "121]]}\n"
      "Prints “ACK” and the edit’s number as soon as the stroke is safe on "
      "disk; ACK 0 for one that changed nothing.\n"
      "\n"
      "  tool       brush or eraser\n"
      "  class      number or name; not needed with a label that is there\n"
      "  label      new (default) or a label’s number\n"
      "  plane      xy, xz or yz; points are x,y or x,z or z,y\n"
      "  points     in voxels, the middle of the first voxel being 0.5; a "
      "third "
      "number is the pen’s pressure, 0 to 1\n"
      "  depth      how many slices (1)\n"
      "  shape      disc (default) or ellipsoid\n"
      "  overwrite  everything (default), unlabelled, started-on\n"
      "\n"
      "A line that cannot be painted ends the command; strokes before it "
      "stay."),
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
