/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-actions.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/copy-dialog.h"
#include "app/curated-dialog.h"
#include "app/export-dialog.h"
#include "app/goto-dialog.h"
#include "app/import-dialog.h"
#include "app/label-verbs.h"
#include "app/open-dialog.h"
#include "app/project-dialog.h"
#include "app/quality-window.h"
#include "app/sample.h"
#include "app/training-window.h"
#include "app/voxel-size-dialog.h"
#include "app/window-labels.h"
#include "app/window-notes.h"
#include "app/window-panes.h"
#include "app/window-people.h"
#include "app/window-shapes.h"
#include "app/word-verbs.h"
#include "workspace/labelling.h"
#include "workspace/painting.h"

#define OPACITY_PER_KEY 0.1

/* Every callback gets the window; all but those of ALWAYS in `entries` run
 * only while something is open. */
#define ACTION(name) \
  static void name (GSimpleAction *action, GVariant *parameter, gpointer data)

ACTION (open_cb)
{
  lam_open_dialog_present (data, LAM_OPEN_ANY);
}

ACTION (open_project_cb)
{
  lam_open_dialog_present (data, LAM_OPEN_PROJECT);
}

ACTION (open_folder_cb)
{
  lam_open_dialog_present (data, LAM_OPEN_FOLDER);
}

ACTION (open_sample_cb)
{
  lam_sample_open (data);
}

ACTION (open_path_cb)
{
  lam_window_open (data, g_variant_get_string (parameter, NULL));
}

ACTION (cancel_opening_cb)
{
  lam_window_cancel_opening (data);
}

ACTION (import_cb)
{
  lam_import_dialog_present (data, lam_window_get_workspace (data), NULL);
}

ACTION (export_cb)
{
  lam_export_dialog_present (data, lam_window_get_workspace (data));
}

ACTION (export_training_cb)
{
  lam_curated_dialog_present (data, lam_window_get_workspace (data));
}

ACTION (save_copy_cb)
{
  lam_copy_dialog_present (data, lam_window_get_workspace (data));
}

ACTION (retry_save_cb)
{
  lam_workspace_retry_save (lam_window_get_workspace (data));
}

ACTION (new_project_cb)
{
  lam_project_dialog_present (data, lam_window_get_workspace (data));
}

ACTION (find_image_cb)
{
  lam_open_dialog_present (data, LAM_OPEN_IMAGE_OF_PROJECT);
}

ACTION (voxel_size_cb)
{
  lam_voxel_size_dialog_present (
      data, lam_window_get_workspace (data), NULL, NULL);
}

ACTION (undo_cb)
{
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_workspace_undo (lam_window_get_workspace (data));
}

ACTION (redo_cb)
{
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_workspace_redo (lam_window_get_workspace (data));
}

ACTION (cancel_cb)
{
  LamToolBox *box = lam_window_get_tool_box (data);
  if (!box || !lam_tool_box_leave (box))
    lam_window_cancel_opening (data);
  lam_canvas_refresh_tool (lam_window_get_canvas (data));
}

ACTION (quality_cb)
{
  lam_quality_window_present (data, lam_window_get_workspace (data));
}

ACTION (goto_cb)
{
  lam_goto_dialog_present (data, lam_window_get_workspace (data));
}

ACTION (find_label_cb)
{
  lam_window_focus_label_search (data);
}

ACTION (isolate_cb)
{
  lam_window_toggle_isolation (data);
}

ACTION (show_left_cb)
{
  lam_window_toggle_side (data, "left");
}

ACTION (show_right_cb)
{
  lam_window_toggle_side (data, "right");
}

ACTION (fullscreen_cb)
{
  if (gtk_window_is_fullscreen (data))
    gtk_window_unfullscreen (data);
  else
    gtk_window_fullscreen (data);
}

/* Looking */

ACTION (opacity_cb)
{
  LamDisplay *display = lam_window_get_display (data);
  double opacity;
  g_object_get (display, "label-opacity", &opacity, NULL);
  opacity += OPACITY_PER_KEY * g_variant_get_int32 (parameter);
  g_object_set (display, "label-opacity", CLAMP (opacity, 0, 1), NULL);
}

ACTION (outlines_cb)
{
  LamDisplay *display = lam_window_get_display (data);
  double opacity;
  g_object_get (display, "outline-opacity", &opacity, NULL);
  g_object_set (display, "outline-opacity", opacity > 0 ? 0.0 : 0.9, NULL);
}

static void
toggle_display (LamWindow *window, const char *property)
{
  LamDisplay *display = lam_window_get_display (window);
  gboolean shown;
  g_object_get (display, property, &shown, NULL);
  g_object_set (display, property, !shown, NULL);
}

ACTION (crosshair_cb)
{
  toggle_display (data, "show-crosshair");
}

ACTION (ghosts_cb)
{
  toggle_display (data, "show-ghosts");
}

ACTION (doubt_map_cb)
{
  toggle_display (data, "show-doubts");
}

ACTION (source_map_cb)
{
  toggle_display (data, "show-sources");
}

ACTION (proposal_map_cb)
{
  toggle_display (data, "show-proposals");
}

/* The network beside the person */

ACTION (second_best_cb)
{
  lam_word_verb_take_second (data, g_variant_get_boolean (parameter));
}

ACTION (second_best_at_cb)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  lam_word_verb_take_second_at (data, at);
}

ACTION (accept_cb)
{
  const LamScope scope = (LamScope)g_variant_get_int32 (parameter);
  if (scope == LAM_SCOPE_BOX
      || !lam_window_shapes_accept (data, scope == LAM_SCOPE_SLICE))
    lam_word_verb_decide (data, scope, false);
}

ACTION (reject_cb)
{
  if (lam_window_notes_remove (data))
    return;
  lam_word_verb_decide (data, (LamScope)g_variant_get_int32 (parameter), true);
}

ACTION (networks_cb)
{
  lam_network_button_open (lam_window_get_network_button (data));
}

ACTION (add_network_cb)
{
  lam_network_button_add (lam_window_get_network_button (data));
}

ACTION (next_place_cb)
{
  lam_place_bar_next (lam_window_get_place_bar (data));
}

ACTION (previous_place_cb)
{
  lam_place_bar_previous (lam_window_get_place_bar (data));
}

ACTION (say_of_place_cb)
{
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_place_bar_say (lam_window_get_place_bar (data),
      (LamVerdict)g_variant_get_int32 (parameter));
}

ACTION (take_verdict_back_cb)
{
  lam_place_bar_take_back (lam_window_get_place_bar (data));
}

ACTION (write_to_place_cb)
{
  lam_place_bar_write (lam_window_get_place_bar (data));
}

ACTION (train_cb)
{
  lam_training_window_present (
      data, lam_window_get_workspace (data), lam_window_get_canvas (data));
}

ACTION (guide_cb)
{
  lam_guide_begin (lam_window_get_guide (data));
}

ACTION (segment_all_cb)
{
  lam_network_button_segment_all (lam_window_get_network_button (data));
}

ACTION (pause_network_cb)
{
  lam_network_button_toggle_pause (lam_window_get_network_button (data));
}

/* Tools and labels */

ACTION (tool_cb)
{
  LamToolBox *box = lam_window_get_tool_box (data);
  const LamTool *tool = lam_tool_find (g_variant_get_string (parameter, NULL));
  if (!tool)
    return;
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_tool_box_set_tool (box, tool);
  /* One sees what one paints with. */
  if (tool->needs_theirs)
    g_object_set (lam_window_get_display (data), "show-theirs", TRUE, NULL);
  g_simple_action_set_state (action, parameter);
  lam_window_refresh_tool (data);
  lam_announce ("TOOL %s", tool->name);
}

ACTION (step_radius_cb)
{
  lam_canvas_step_radius (
      lam_window_get_canvas (data), g_variant_get_int32 (parameter));
}

ACTION (step_depth_cb)
{
  lam_tool_box_step_depth (
      lam_window_get_tool_box (data), g_variant_get_int32 (parameter));
  lam_window_refresh_tool (data);
}

ACTION (class_key_cb)
{
  LamWorkspace *workspace = lam_window_get_workspace (data);
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  int key = g_variant_get_int32 (parameter);
  size_t n = table ? lam_class_table_get_n_classes (table) : 0;
  for (size_t i = 0; i < n; i++) {
    const LamClass *row = lam_class_table_get_nth_class (table, i);
    if (key != 0 ? row->key != key : row->id != 0)
      continue;
    lam_workspace_set_active_class (workspace, row->id);
    lam_announce ("CLASS %d", row->id);
    return;
  }
  g_autofree char *text = g_strdup_printf (
      _ ("No class has the key %d. Give it one in the list of classes."), key);
  lam_window_tell (data, text);
}

ACTION (new_instance_cb)
{
  lam_label_verb_new (GTK_WIDGET (data), lam_window_get_workspace (data));
}

ACTION (swap_label_cb)
{
  lam_workspace_swap_active_label (lam_window_get_workspace (data));
}

static void
pick (LamWindow *window, uint32_t label)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  if (label == 0) {
    lam_window_tell (window, _ ("There is no label here."));
    return;
  }
  lam_workspace_set_active_label (workspace, label);
  g_autofree char *title = lam_workspace_dup_label_title (workspace, label);
  g_autofree char *text = g_strdup_printf (_ ("Painting %s"), title);
  lam_window_tell (window, text);
  lam_announce ("PICKED %u", label);
}

ACTION (pick_cb)
{
  int64_t voxel[3];
  if (!lam_canvas_get_aim (lam_window_get_canvas (data), voxel))
    return;
  LamProbe probe = lam_workspace_probe (lam_window_get_workspace (data), voxel);
  pick (data, probe.has_label ? probe.label : 0);
}

/* The menu of a right click: the label's id or the voxel is the target. */

ACTION (pick_label_cb)
{
  pick (data, g_variant_get_uint32 (parameter));
}

/* A copy of the label's row with one flag turned over. */
static void
change_label (LamWindow *window, uint32_t id, bool lock, bool hide)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  const LamLabel *row =
      lam_class_table_get_label (lam_workspace_get_classes (workspace), id);
  if (!row)
    return;
  LamLabel changed = *row;
  changed.locked ^= lock;
  changed.hidden ^= hide;
  g_autoptr (GError) error = NULL;
  if (!lam_workspace_set_label (workspace, &changed, &error))
    lam_window_tell (window, error->message);
}

ACTION (lock_label_cb)
{
  change_label (data, g_variant_get_uint32 (parameter), true, false);
}

ACTION (hide_label_cb)
{
  change_label (data, g_variant_get_uint32 (parameter), false, true);
}

ACTION (go_here_cb)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  double voxel[3];
  for (int i = 0; i < 3; i++)
    voxel[i] = (double)at[i] + 0.5;
  lam_workspace_set_position (lam_window_get_workspace (data), voxel);
  lam_canvas_centre (lam_window_get_canvas (data));
}

ACTION (copy_position_cb)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT, at[0],
      at[1], at[2]);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (data), text);
  lam_window_tell (data, _ ("Position copied."));
}

/* When an action makes sense. */
typedef enum {
  ALWAYS,
  WITH_IMAGE, /* something is open */
  WITH_PROJECT, /* … and it is a project */
  WITHOUT_PROJECT, /* … and it is not */
  CAN_UNDO,
  CAN_REDO,
  WITH_NO_IMAGE, /* a project whose image is missing */
} Need;

static const struct {
  GActionEntry entry;
  Need need;
} entries[] = {
  { { "open", open_cb }, ALWAYS },
  { { "open-project", open_project_cb }, ALWAYS },
  { { "open-folder", open_folder_cb }, ALWAYS },
  { { "open-sample", open_sample_cb }, ALWAYS },
  { { "open-path", open_path_cb, "s" }, ALWAYS },
  { { "cancel-opening", cancel_opening_cb }, ALWAYS },
  { { "fullscreen", fullscreen_cb }, ALWAYS },
  { { "import", import_cb }, WITH_PROJECT },
  { { "export", export_cb }, WITH_PROJECT },
  { { "export-training", export_training_cb }, WITH_PROJECT },
  { { "save-copy", save_copy_cb }, WITH_PROJECT },
  { { "retry-save", retry_save_cb }, WITH_PROJECT },
  { { "new-project", new_project_cb }, WITHOUT_PROJECT },
  { { "find-image", find_image_cb }, WITH_NO_IMAGE },
  { { "voxel-size", voxel_size_cb }, WITH_IMAGE },
  { { "undo", undo_cb }, CAN_UNDO },
  { { "redo", redo_cb }, CAN_REDO },
  { { "cancel", cancel_cb }, ALWAYS },
  { { "quality", quality_cb }, WITH_PROJECT },
  { { "goto", goto_cb }, WITH_IMAGE },
  { { "find-label", find_label_cb }, WITH_IMAGE },
  { { "show-left", show_left_cb }, WITH_IMAGE },
  { { "show-right", show_right_cb }, WITH_IMAGE },
  { { "opacity", opacity_cb, "i" }, WITH_IMAGE },
  { { "outlines", outlines_cb }, WITH_IMAGE },
  { { "crosshair", crosshair_cb }, WITH_IMAGE },
  { { "ghosts", ghosts_cb }, WITH_PROJECT },
  { { "doubt-map", doubt_map_cb }, WITH_PROJECT },
  { { "source-map", source_map_cb }, WITH_PROJECT },
  { { "proposal-map", proposal_map_cb }, WITH_PROJECT },
  { { "second-best", second_best_cb, "b" }, WITH_PROJECT },
  { { "second-best-at", second_best_at_cb, "(xxx)" }, WITH_PROJECT },
  { { "accept", accept_cb, "i" }, WITH_PROJECT },
  { { "reject", reject_cb, "i" }, WITH_PROJECT },
  { { "networks", networks_cb }, WITH_PROJECT },
  { { "add-network", add_network_cb }, WITH_PROJECT },
  { { "next-place", next_place_cb }, WITH_PROJECT },
  { { "previous-place", previous_place_cb }, WITH_PROJECT },
  { { "say-of-place", say_of_place_cb, "i" }, WITH_PROJECT },
  { { "take-verdict-back", take_verdict_back_cb }, WITH_PROJECT },
  { { "write-to-place", write_to_place_cb }, WITH_PROJECT },
  { { "train", train_cb }, WITH_PROJECT },
  { { "guide", guide_cb }, ALWAYS },
  { { "segment-all", segment_all_cb }, WITH_PROJECT },
  { { "pause-network", pause_network_cb }, WITH_PROJECT },
  { { "tool", tool_cb, "s", "'navigate'" }, WITH_IMAGE },
  { { "step-radius", step_radius_cb, "i" }, WITH_IMAGE },
  { { "step-depth", step_depth_cb, "i" }, WITH_IMAGE },
  { { "class-key", class_key_cb, "i" }, WITH_PROJECT },
  { { "new-instance", new_instance_cb }, WITH_PROJECT },
  { { "swap-label", swap_label_cb }, WITH_PROJECT },
  { { "isolate", isolate_cb }, WITH_PROJECT },
  { { "pick", pick_cb }, WITH_PROJECT },
  { { "pick-label", pick_label_cb, "u" }, WITH_PROJECT },
  { { "lock-label", lock_label_cb, "u" }, WITH_PROJECT },
  { { "hide-label", hide_label_cb, "u" }, WITH_PROJECT },
  { { "go-here", go_here_cb, "(xxx)" }, WITH_IMAGE },
  { { "copy-position", copy_position_cb, "(xxx)" }, WITH_IMAGE },
};

static bool
is_met (LamWorkspace *workspace, Need need)
{
  bool project = workspace && lam_workspace_get_store (workspace);
  switch (need) {
  case ALWAYS:
    return true;
  case WITH_IMAGE:
    return workspace != NULL;
  case WITH_PROJECT:
    return project;
  case WITHOUT_PROJECT:
    return workspace && !project;
  case CAN_UNDO:
    return workspace && lam_workspace_can_undo (workspace);
  case CAN_REDO:
    return workspace && lam_workspace_can_redo (workspace);
  case WITH_NO_IMAGE:
    return workspace && lam_workspace_get_image_problem (workspace);
  }
  return false;
}

void
lam_window_actions_add (LamWindow *window)
{
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++)
    g_action_map_add_action_entries (
        G_ACTION_MAP (window), &entries[i].entry, 1, window);
  lam_window_panes_add (window);
  lam_window_people_add (window);
  lam_window_labels_add (window);
  lam_window_shapes_add (window);
  lam_window_notes_add (window);
  lam_window_actions_update (window);
}

void
lam_window_actions_update (LamWindow *window)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++) {
    GAction *action = g_action_map_lookup_action (
        G_ACTION_MAP (window), entries[i].entry.name);
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (action), is_met (workspace, entries[i].need));
  }
  lam_window_panes_update (window);
  lam_window_people_update (window);
  lam_window_labels_update (window);
  lam_window_shapes_update (window);
  lam_window_notes_update (window);
}
