/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of the tool table, one a file, and what tools share. For this
 * floor. */
#pragma once

#include "labels/note.h"
#include "tools/tool.h"

extern const LamTool lam_tool_navigate;
extern const LamTool lam_tool_brush;
extern const LamTool lam_tool_eraser;
extern const LamTool lam_tool_theirs;
extern const LamTool lam_tool_pick;
extern const LamTool lam_tool_fill;
extern const LamTool lam_tool_fill_space;
extern const LamTool lam_tool_lasso;
extern const LamTool lam_tool_polygon;
extern const LamTool lam_tool_smart;
extern const LamTool lam_tool_supervoxel;
extern const LamTool lam_tool_merge;
extern const LamTool lam_tool_split;
extern const LamTool lam_tool_threshold;
extern const LamTool lam_tool_membrane;
extern const LamTool lam_tool_measure;
extern const LamTool lam_tool_region;
extern const LamTool lam_tool_note;

/* A stroke of `label` (0: erase) with the box's brush, under `tool`'s name;
 * what follows are the rows' functions for the rest of it. */
bool lam_tool_box_begin_stroke (LamToolBox *box, const char *tool,
    uint32_t label, const LamCamera *camera, const LamPointerEvent *event,
    GError **error);
void lam_tool_box_paint (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_end_stroke (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_drop_stroke (LamToolBox *box);

/* What an event's modifiers make of the brush's overwrite mode. */
LamOverwrite lam_tool_box_get_overwrite (
    LamToolBox *box, const LamPointerEvent *event);
/* The same of the pointer that hovers. */
LamOverwrite lam_tool_box_get_hover_overwrite (LamToolBox *box);
/* The pane that the pointer is or was in last. */
LamPlane lam_tool_box_get_hover_plane (LamToolBox *box);
/* The voxel under the pointer; false: it is not in that pane's volume. */
bool lam_tool_box_get_hover (LamToolBox *box, LamPlane plane, int64_t voxel[3]);
/* Where the pointer is in that pane; NULL: it is not there. */
const LamPointerEvent *lam_tool_box_get_hover_event (
    LamToolBox *box, const LamCamera *camera);
/* A request for the voxel under the pointer; false with error: outside. */
bool lam_tool_box_aim (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, LamFigureRequest *request, GError **error);

/* tool-act.c */
typedef struct _LamToolActs LamToolActs;
LamToolActs *lam_tool_acts_new (LamWorkspace *workspace);
/* Those under way are stopped. */
void lam_tool_acts_free (LamToolActs *acts);
LamToolActs *lam_tool_box_get_acts (LamToolBox *box);
void lam_tool_acts_begun (
    LamToolActs *acts, const char *title, LamProgress *progress);
void lam_tool_acts_ended (LamToolActs *acts, LamProgress *progress,
    int64_t n_voxels, const GError *error);
void lam_tool_acts_say (LamToolActs *acts, const char *text);
/* Somebody is to say what a note says; the pointer is there. */
void lam_tool_acts_ask_note (
    LamToolActs *acts, const LamNote *note, const LamPointerEvent *event);
/* The brush is another. */
void lam_tool_acts_set (LamToolActs *acts);
/* What is drawn is another. */
void lam_tool_acts_changed (LamToolActs *acts);

/* tool-preview.c */
typedef struct _LamToolPreview LamToolPreview;
LamToolPreview *lam_tool_preview_new (LamToolBox *box);
void lam_tool_preview_free (LamToolPreview *preview);
LamToolPreview *lam_tool_box_get_preview (LamToolBox *box);
/* Something is shown, or looked for, that can be accepted. */
bool lam_tool_preview_is_begun (LamToolPreview *preview);
/* Of one that is begun. `takes_offer`: and what is offered besides, as to
 * absorb slivers. False with error: what it would do is not shown yet. */
bool lam_tool_preview_accept (
    LamToolPreview *preview, bool takes_offer, GError **error);
bool lam_tool_preview_drop (LamToolPreview *preview);
/* Shows what an act would do while a gesture goes on, until that is dropped:
 * each request in the place of the one before, as fast as they are found. It
 * has no labels. */
void lam_tool_preview_follow (LamToolPreview *preview,
    const LamFigureRequest *request, LamOverwrite overwrite);
void lam_tool_preview_draw (
    LamToolPreview *preview, const LamCamera *camera, LamSketch *sketch);

/* In level-0 voxels; a voxel's middle is at +0.5. */
typedef struct {
  double voxel[3];
} LamToolPlace;

/* What the pointer holds of a box. */
typedef enum {
  LAM_HOLD_NEW, /* it draws one */
  LAM_HOLD_EDGES,
  LAM_HOLD_WHOLE,
} LamToolHold;

/* An outline that is being drawn in one slice, for the rows that draw one. */
typedef struct {
  GArray *points; /* Owned; of LamFigurePoint */
  LamPlane plane;
  int64_t voxel[3]; /* of its first point, inside of the volume */
  int grabbed; /* the point that the pointer holds; -1: none */
  bool is_placed; /* it was put at the end, not taken from where it was */
  bool erases;
  GArray *seeds; /* Owned; of LamFigureSeed: scribbles */
  GArray *places; /* Owned; of LamToolPlace: what is measured, in any slices */
  uint32_t label; /* that they are on */
  int64_t voice; /* whose word their brush takes, from the press on */
  /* Of a region: its box, empty: none; the one before the gesture; whether the
   * pointer holds a side across that axis, and where the other one is. */
  LamBox region, before;
  LamToolHold hold;
  bool holds[3];
  double anchors[3];
  double edges[3]; /* where that side was at the press */
  LamFigurePoint pressed;
  int32_t held_id; /* of the region that the pointer holds; 0: none */
  LamBox held; /* what the gesture has made of its box */
} LamToolDraft;
LamToolDraft *lam_tool_box_get_draft (LamToolBox *box);

/* tool-note.c: the note that is chosen, and what the pointer does to it. */
typedef struct {
  int32_t chosen; /* 0: none */
  int corner; /* that the pointer holds */
  bool has_moved; /* since the press */
  bool are_hidden; /* none can be held */
  LamPointerEvent press;
  LamNote *moved; /* Owned; NULL: none */
} LamToolNotes;
LamToolNotes *lam_tool_box_get_notes (LamToolBox *box);
