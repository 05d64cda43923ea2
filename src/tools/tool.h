/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the pointer does in a slice pane: one row a tool. A tool gets events in
 * volume coordinates and calls verbs of the workspace; tests drive it with
 * made-up events. Main thread. */
#pragma once

#include "labels/note.h"
#include "view/camera.h"
#include "view/scene.h"
#include "view/sketch.h"
#include "workspace/painting.h"
#include "workspace/shaping.h"

typedef enum {
  LAM_POINTER_SHIFT = 1 << 0,
  LAM_POINTER_CONTROL = 1 << 1,
  LAM_POINTER_ALT = 1 << 2,
  LAM_POINTER_ERASER = 1 << 3, /* right button, or the pen's other end */
} LamPointerFlags;

typedef struct {
  double x_px, y_px; /* in the pane, device pixels */
  double pressure; /* 0 to 1; 1 for a mouse */
  LamPointerFlags flags;
} LamPointerEvent;

#define LAM_EDGE_STRENGTHS 3

/* What the brush and its relations are set to; kept by LamToolBox. */
typedef struct {
  double radius_nm;
  int depth;
  LamBrushShape shape;
  LamOverwrite overwrite;
  bool pressure_to_radius;
  double shape_radius_nm; /* to grow, shrink, … a label by */
  int64_t small_voxels; /* pieces of fewer are small */
  /* What a neck is (labels/object-splitter.h); of parts to be cut there. */
  double neck_relief, neck_distance_nm;
  int extrude_slices; /* to draw a label out through, to either side */
  bool shows_first; /* what such an act would change; Enter does it */
  /* Of the threshold brush, in the file's values; `has_greys` false: there are
   * none yet, and the first stroke takes them from where it begins. */
  double grey_low, grey_high;
  bool has_greys;
  bool stops_at_edges; /* paints only what it comes to without leaving them */
  /* Of the membrane-aware brush: from -LAM_EDGE_STRENGTHS to as much, 0 is
   * usual; each step √2 times as steep an edge. */
  int edge_strength;
  /* Of the supervoxel brush. */
  int basin_size; /* labels/basin-block.h */
  bool basins_in_space; /* else those of the slice */
} LamBrushSettings;

/* What of the settings a tool uses, so that only that is offered. */
typedef enum {
  LAM_OPTION_BRUSH = 1 << 0, /* radius, shape */
  LAM_OPTION_DEPTH = 1 << 1,
  LAM_OPTION_OVERWRITE = 1 << 2,
  LAM_OPTION_GREYS = 1 << 3, /* the range of grey values */
  LAM_OPTION_BASINS = 1 << 4, /* which supervoxels; their size has the keys and
                               * the wheel of the radius */
  LAM_OPTION_PRESSURE = 1 << 5,
  LAM_OPTION_STRENGTH = 1 << 6, /* of edges that it stops at */
} LamToolOptions;

typedef struct _LamToolBox LamToolBox;

typedef struct {
  const char *name; /* "brush": stable, for files and actions */
  const char *title; /* "Brush", marked for translation */
  const char *hint; /* one line for the status bar */
  /* The same with what it depends on, translated; it, or what it gives, NULL:
   * `hint`. */
  char *(*dup_hint) (LamToolBox *box);
  const char *icon_name;
  const char *accelerator; /* "b"; NULL: no key */
  bool shows_brush; /* draw the brush's outline under the pointer */
  bool follows_pointer; /* what it draws depends on where that is */
  bool takes_eraser; /* the eraser's end and the right button are this tool's,
                      * too, not the eraser's */
  bool needs_theirs; /* of use only where a second person's labels are */
  LamToolOptions options;
  /* Press, each sample (history included, in order), release. false from
   * `press` with error: nothing begins. */
  bool (*press) (LamToolBox *box, const LamCamera *camera,
      const LamPointerEvent *event, GError **error);
  void (*move) (
      LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
  void (*release) (
      LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
  void (*cancel) (LamToolBox *box);
  /* After a press: a click is all that is meant, a drag would only move what it
   * made. NULL: so it is where there is no `move`. */
  bool (*is_click) (LamToolBox *box);
  /* Of what is begun and outlasts a gesture; each NULL, if there is nothing of
   * the kind. Enter (`erases`: with Shift; see lam_tool_box_accept()), Escape
   * or another tool, Backspace: false, if there is nothing to accept, to leave,
   * to take back. */
  bool (*accept) (LamToolBox *box, bool erases, GError **error);
  bool (*leave) (LamToolBox *box);
  bool (*step_back) (LamToolBox *box);
  /* Adds what is to be drawn over a slice. */
  void (*draw) (LamToolBox *box, const LamCamera *camera, LamSketch *sketch);
} LamTool;

/* Ends with NULL: navigate, brush, eraser, pick. */
const LamTool *const *lam_tool_get_all (void);
const LamTool *lam_tool_find (const char *name);

/* The tools with their settings and the gesture that is under way. */
LamToolBox *lam_tool_box_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
void lam_tool_box_free (LamToolBox *box);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamToolBox, lam_tool_box_free)

LamWorkspace *lam_tool_box_get_workspace (LamToolBox *box);
const LamTool *lam_tool_box_get_tool (LamToolBox *box);
void lam_tool_box_set_tool (LamToolBox *box, const LamTool *tool);
/* Translated, of the tool at hand; it may be another with "theirs-changed". */
char *lam_tool_box_dup_hint (LamToolBox *box) G_GNUC_WARN_UNUSED_RESULT;
/* May be written between gestures; keep radius > 0 and depth ≥ 1 by
 * lam_brush_settings_clamp(). */
LamBrushSettings *lam_tool_box_get_brush (LamToolBox *box);
void lam_brush_settings_clamp (
    LamBrushSettings *settings, const double voxel_size_nm[3]);
/* The range of grey values of what lies around that voxel in that plane. It is
 * said, too. False with error: the image is not here, or not yet. */
bool lam_tool_box_pick_greys (
    LamToolBox *box, LamPlane plane, const int64_t voxel[3], GError **error);
/* Digits after the point that ends of that range are told and kept with. */
int lam_brush_settings_grey_digits (const LamBrushSettings *settings);
/* Radius (or what the tool at hand has in its place) and depth by steps, for
 * keys and the wheel. */
void lam_tool_box_step_radius (LamToolBox *box, int steps);
void lam_tool_box_step_depth (LamToolBox *box, int steps);

/* The pane's events go here. With LAM_POINTER_ALT the press picks the label;
 * with LAM_POINTER_ERASER the brush erases; with LAM_POINTER_CONTROL the
 * overwrite mode is inverted (everything ↔ unlabelled); with LAM_POINTER_SHIFT
 * a straight line is drawn from the end of the last stroke in that slice. */
bool lam_tool_box_press (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error);
void lam_tool_box_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_release (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_cancel (LamToolBox *box);
/* Where the pointer is, pressed or not, and in which pane; NULL: in none. */
void lam_tool_box_hover (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
bool lam_tool_box_is_active (LamToolBox *box);
/* Of the gesture that is under way: see LamTool. */
bool lam_tool_box_is_click (LamToolBox *box);

/* An act that takes time began or ended, on the main thread; for whoever shows
 * it. Each is told of both, in that order. */
typedef struct {
  /* `title`: "Filling". `progress` is borrowed until the end, and cancels. */
  void (*begun) (const char *title, LamProgress *progress, gpointer user_data);
  /* `error` NULL: done, and `n_voxels` changed; -1: a preview is shown. */
  void (*ended) (LamProgress *progress, int64_t n_voxels, const GError *error,
      gpointer user_data);
  /* lam_tool_box_sketch() draws other things than before. */
  void (*changed) (gpointer user_data);
  /* A note is to be written (its id is 0, its kind may be NULL) or changed;
   * borrowed. */
  void (*asked_note) (
      const LamNote *note, const LamPointerEvent *event, gpointer user_data);
  /* What a tool found out; NULL: nothing any more. */
  void (*said) (const char *text, gpointer user_data);
  /* A tool wrote into the brush. NULL: nobody asks. */
  void (*set) (gpointer user_data);
} LamToolWatcher;
/* `watcher` (NULL: nobody) must outlive the box. */
void lam_tool_box_set_watcher (
    LamToolBox *box, const LamToolWatcher *watcher, gpointer user_data);
/* Does what was asked for, as one edit. `request->label` is taken as it is. */
void lam_tool_box_act (
    LamToolBox *box, const LamFigureRequest *request, LamOverwrite overwrite);
/* Takes what that person says (labels/voice.h) of the voxels that the request's
 * points go over, as lam_workspace_take_way_async(). */
void lam_tool_box_take (
    LamToolBox *box, int64_t voice, const LamFigureRequest *request);
/* Shows what it would change; then it waits for lam_tool_box_accept(). */
void lam_tool_box_preview (
    LamToolBox *box, const LamFigureRequest *request, LamOverwrite overwrite);
bool lam_tool_box_has_preview (LamToolBox *box);
/* Where it is to be seen, and what takes it; NULL: there is none, another is
 * being found, or it is of a gesture, whose tool says so. */
char *lam_tool_box_dup_preview_words (
    LamToolBox *box) G_GNUC_WARN_UNUSED_RESULT;
/* The same with what is set by now of the radius, the slices or the necks,
 * where that matters. */
void lam_tool_box_renew_preview (LamToolBox *box);
/* Enter (`erases`: with Shift): does what is shown, with Shift also what is
 * offered. False with error: it waits for something else first, which stays as
 * it is; without: there is nothing that waits for it. */
bool lam_tool_box_accept (LamToolBox *box, bool erases, GError **error);
/* Escape: takes back the gesture, else what waits. False: neither was there. */
bool lam_tool_box_leave (LamToolBox *box);
/* Backspace: the last point of an outline. */
bool lam_tool_box_step_back (LamToolBox *box);
/* What is to be drawn over that slice. */
LamSketch *lam_tool_box_sketch (
    LamToolBox *box, const LamCamera *camera) G_GNUC_WARN_UNUSED_RESULT;
/* Of the points of the tool that measures, in space: each in its own slice. */
typedef struct {
  int n_points;
  double length_nm; /* of the way through them */
  bool is_flat; /* all lie in one slice of some plane */
  double area_nm2; /* that they enclose; of flat ones, from three on; else 0 */
  double angle_degrees; /* at the last but one, 0 to 180; from three on */
} LamToolMeasure;
LamToolMeasure lam_tool_box_measure (LamToolBox *box);

/* The box that was drawn for a region; false: none. */
bool lam_tool_box_get_region (LamToolBox *box, LamBox *region);

/* Whether an act is under way. */
bool lam_tool_box_is_acting (LamToolBox *box);

/* The brush's outline for a pane with the pointer at that event. */
LamBrushCursor lam_tool_box_get_cursor (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
