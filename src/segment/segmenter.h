/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks over any box of a volume: what they propose for each voxel.
 *
 * Each network is run tile by tile. Of networks that see so and so far, tiles
 * overlap by just that and what saw a tile's edge is thrown away, so that the
 * result is that of one tile for all, but for rounding: no seams, and a box
 * cut out of a box gives the same. Beyond the volume the image is mirrored.
 * Networks in which a voxel depends on the whole tile cannot be had like that:
 * their tiles lie on one grid over the volume and are blended, so that at least
 * each call gives the same for a voxel, whatever box is asked for. So can, if
 * wanted, networks that see far, for which the first takes many times the work.
 *
 * One thread at a time; any thread. */
#pragma once

#include "base/progress.h"
#include "segment/member.h"
#include "segment/proposal.h"

typedef struct _LamSegmenter LamSegmenter;

/* The models live longer; all must have the same classes. Where there are
 * several, or copies, the mean of their probabilities decides. */
LamSegmenter *lam_segmenter_new (const LamSegmenterModel *models, int n_models,
    const LamSegmenterSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_segmenter_free (LamSegmenter *segmenter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSegmenter, lam_segmenter_free)

/* After the last layers of its models have changed (segment/learner.h), before
 * the next run. */
bool lam_segmenter_renew (LamSegmenter *segmenter, GError **error);

int lam_segmenter_get_n_classes (const LamSegmenter *segmenter);
/* Of model `i`: the operator because of which results depend on tiles (""
 * where it cannot be named, or tiles are blended by choice), or NULL. */
const char *lam_segmenter_get_whole (const LamSegmenter *segmenter, int i);
/* For a box of a volume of `size` voxels: the tiles of model `i` (x, y, z). */
void lam_segmenter_get_tile (const LamSegmenter *segmenter, int i,
    const int64_t size[3], const LamBox *box, int64_t tile[3]);
/* How many times a network is run. */
int64_t lam_segmenter_count_runs (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box);
/* How many voxels a network is shown for one of the box. */
double lam_segmenter_get_work (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box);
/* All that is allocated, but for the models' weights; with `beside_bytes`. */
bool lam_segmenter_measure (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, int64_t *bytes, GError **error);
/* Whether what the network saw in the box would be kept. */
bool lam_segmenter_can_keep (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box);
/* Whether it was: to run it again there is a small part of the work. */
bool lam_segmenter_has_kept (const LamSegmenter *segmenter, const LamBox *box);
/* Sees what can be kept of the box, from its middle section outwards; what was
 * seen when it is cancelled stays. Nothing where nothing is kept. */
bool lam_segmenter_look (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress, GError **error);
/* For when there is nothing else to do: a small portion of what can be done for
 * the next box already; true while there is more. */
bool lam_segmenter_prepare (LamSegmenter *segmenter);
/* The largest tiles, by halving those it has and then growing the last axis
 * again, with which the box keeps the limit; rounded to what the networks take.
 * False: none does. */
bool lam_segmenter_find_tile (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, int64_t tile[3]);
/* Whether answers are changed by what is known (propagate.h), from now on: the
 * memory for it is counted then. Not at first. */
void lam_segmenter_set_revised (LamSegmenter *segmenter, bool is_revised);
/* Fails where that is above the limit, and says which tiles would do. */
bool lam_segmenter_check_memory (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, GError **error);
/* Boxes of this size (or less, at the end), one after the other, cover `box`
 * with a bounded amount of memory and hardly more work than all at once. Does
 * not depend on the limit of memory nor on threads. */
void lam_segmenter_choose_block (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, int64_t block[3]);

/* What a run has computed so far; the same run of the same segmenter goes on
 * from it to the same bytes. */
#define LAM_SEGMENTER_MAX_ROWS 2
typedef struct {
  int64_t n_done; /* runs of networks */
  int n_rows;
  struct {
    void *data; /* Borrowed */
    size_t n_bytes;
  } rows[LAM_SEGMENTER_MAX_ROWS];
} LamSegmenterState;
typedef struct {
  /* Fills rows and n_done with what was kept of the box that is begun; false
   * leaves them as they are: nothing was. */
  bool (*take) (LamSegmenterState *state, gpointer data);
  /* After each run of a network, and when it is cancelled (`is_last`): may keep
   * it. */
  bool (*keep) (const LamSegmenterState *state, bool is_last, gpointer data,
      GError **error);
  gpointer data; /* Borrowed */
} LamSegmenterKeeping;
/* For all runs from now on; copied; NULL: nothing is kept. */
void lam_segmenter_set_keeping (
    LamSegmenter *segmenter, const LamSegmenterKeeping *keeping);

/* `box` lies inside the volume. Checks the memory first. What is no number in
 * the image, or comes out of a network as none, is unknown. The same for any
 * number of threads. Blocks; can be cancelled between layers. */
LamProposal *lam_segmenter_run (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  /* Once all is known that the networks say: whether anything is changed in the
   * box, without which less is to be done. NULL: it is. */
  bool (*find) (const LamBox *box, bool *any, gpointer data, GError **error);
  /* Changes the probabilities of the box (by class, of mean over all models),
   * before they are decided. How unsure a voxel that it changes is, is the
   * entropy of what it is changed to, also where there are several votes. */
  bool (*change) (const LamBox *box, int n_classes, float *probabilities,
      gpointer data, LamProgress *progress, GError **error);
  gpointer data; /* Borrowed */
} LamSegmenterRevision;
/* The same with that; NULL: nothing is changed. */
LamProposal *lam_segmenter_run_revised (LamSegmenter *segmenter,
    LamVolume *volume, const LamBox *box, const LamSegmenterRevision *revision,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
