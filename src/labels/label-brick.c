/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Both planes lie in one allocation of 1.5 MiB, labels first. They are either
 * both there or both missing; without them `label` and `source` hold
 * everywhere. Planes are mapped and not allocated: an allocator that has had as
 * much before hands it out again and must clear it, while pages of the system
 * cost nothing until they are written. So a stroke in one slice of an empty
 * brick touches some 6 of its 384 pages. */
#include "labels/label-brick.h"

#include <string.h>
#include <sys/mman.h>

#define LABEL_BYTES (LAM_BRICK_VOXELS * sizeof (uint32_t))
#define SOURCE_BYTES (LAM_BRICK_VOXELS * sizeof (uint16_t))
#define PLANES_BYTES (LABEL_BYTES + SOURCE_BYTES)

struct _LamLabelBrick {
  gatomicrefcount references;
  bool is_open;
  uint16_t source;
  uint32_t label;
  /* Owned; or NULL */
  uint32_t *labels;
  /* Borrowed from `labels` */
  uint16_t *sources;
};

LamLabelBrick *
lam_label_brick_new (uint32_t label, uint16_t source)
{
  LamLabelBrick *brick = g_new0 (LamLabelBrick, 1);
  g_atomic_ref_count_init (&brick->references);
  brick->label = label;
  brick->source = source;
  return brick;
}

/* --- planes --------------------------------------------------------------- */

/* Fresh memory costs a page fault for each 4 KiB, which is more than the copy
 * itself: some planes that were let go are kept, whatever is in them. */
enum { MAX_SPARE = 48 }; /* 72 MiB */
static GMutex spare_lock;
static void *spare[MAX_SPARE];
static int n_spare;

/* Of zeros. */
static void *
map_planes (void)
{
  void *planes = mmap (NULL, PLANES_BYTES, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (planes == MAP_FAILED)
    g_error ("no memory for %zu bytes of labels", PLANES_BYTES);
  /* A huge page would be cleared as a whole at the first voxel. */
  madvise (planes, PLANES_BYTES, MADV_NOHUGEPAGE);
  return planes;
}

static void *
take_planes (void)
{
  void *planes = NULL;
  g_mutex_lock (&spare_lock);
  if (n_spare > 0)
    planes = spare[--n_spare];
  g_mutex_unlock (&spare_lock);
  return planes ? planes : map_planes ();
}

static void
give_planes (void *planes)
{
  g_mutex_lock (&spare_lock);
  if (n_spare < MAX_SPARE) {
    spare[n_spare++] = planes;
    planes = NULL;
  }
  g_mutex_unlock (&spare_lock);
  if (planes)
    munmap (planes, PLANES_BYTES);
}

static void
set_planes (LamLabelBrick *brick, void *planes)
{
  brick->labels = planes;
  brick->sources = (uint16_t *)(brick->labels + LAM_BRICK_VOXELS);
}

static void
drop_planes (LamLabelBrick *brick)
{
  if (brick->labels)
    give_planes (brick->labels);
  brick->labels = NULL;
  brick->sources = NULL;
}

static void
copy_planes (
    LamLabelBrick *brick, const uint32_t *labels, const uint16_t *sources)
{
  set_planes (brick, take_planes ());
  memcpy (brick->labels, labels, LABEL_BYTES);
  memcpy (brick->sources, sources, SOURCE_BYTES);
}

/* Whether each value equals its neighbour; stops at the first that does not. */
static bool
are_uniform (const uint32_t *labels, const uint16_t *sources)
{
  return memcmp (labels, labels + 1, LABEL_BYTES - sizeof *labels) == 0
      && memcmp (sources, sources + 1, SOURCE_BYTES - sizeof *sources) == 0;
}

LamLabelBrick *
lam_label_brick_new_from_planes (
    const uint32_t *labels, const uint16_t *sources)
{
  LamLabelBrick *brick = lam_label_brick_new (labels[0], sources[0]);
  if (!are_uniform (labels, sources))
    copy_planes (brick, labels, sources);
  return brick;
}

LamLabelBrick *
lam_label_brick_copy (const LamLabelBrick *brick)
{
  LamLabelBrick *copy = lam_label_brick_new (brick->label, brick->source);
  if (brick->labels)
    copy_planes (copy, brick->labels, brick->sources);
  copy->is_open = true;
  return copy;
}

LamLabelBrick *
lam_label_brick_ref (LamLabelBrick *brick)
{
  g_atomic_ref_count_inc (&brick->references);
  return brick;
}

void
lam_label_brick_unref (LamLabelBrick *brick)
{
  if (!g_atomic_ref_count_dec (&brick->references))
    return;
  drop_planes (brick);
  g_free (brick);
}

bool
lam_label_brick_is_open (const LamLabelBrick *brick)
{
  return brick->is_open;
}

bool
lam_label_brick_is_uniform (
    const LamLabelBrick *brick, uint32_t *label, uint16_t *source)
{
  if (brick->labels)
    return false;
  if (label)
    *label = brick->label;
  if (source)
    *source = brick->source;
  return true;
}

uint32_t
lam_label_brick_get_label (const LamLabelBrick *brick, int index)
{
  return brick->labels ? brick->labels[index] : brick->label;
}

uint16_t
lam_label_brick_get_source (const LamLabelBrick *brick, int index)
{
  return brick->labels ? brick->sources[index] : brick->source;
}

const uint32_t *
lam_label_brick_get_labels (const LamLabelBrick *brick)
{
  return brick->labels;
}

const uint16_t *
lam_label_brick_get_sources (const LamLabelBrick *brick)
{
  return brick->sources;
}

static void
fill_labels (uint32_t *out, uint32_t label)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    out[i] = label;
}

static void
fill_sources (uint16_t *out, uint16_t source)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    out[i] = source;
}

void
lam_label_brick_copy_labels (const LamLabelBrick *brick, uint32_t *out)
{
  if (brick->labels)
    memcpy (out, brick->labels, LABEL_BYTES);
  else
    fill_labels (out, brick->label);
}

void
lam_label_brick_copy_sources (const LamLabelBrick *brick, uint16_t *out)
{
  if (brick->labels)
    memcpy (out, brick->sources, SOURCE_BYTES);
  else
    fill_sources (out, brick->source);
}

/* Whether a brick with planes says the same everywhere as one without. */
static bool
planes_say (const LamLabelBrick *planes, const LamLabelBrick *uniform)
{
  return planes->labels[0] == uniform->label
      && planes->sources[0] == uniform->source
      && are_uniform (planes->labels, planes->sources);
}

bool
lam_label_brick_equal (const LamLabelBrick *a, const LamLabelBrick *b)
{
  if (a == b)
    return true;
  if (a->labels && b->labels)
    return memcmp (a->labels, b->labels, PLANES_BYTES) == 0;
  if (a->labels)
    return planes_say (a, b);
  if (b->labels)
    return planes_say (b, a);
  return a->label == b->label && a->source == b->source;
}

size_t
lam_label_brick_get_bytes (const LamLabelBrick *brick)
{
  return sizeof *brick + (brick->labels ? PLANES_BYTES : 0);
}

static void
open_planes (LamLabelBrick *brick)
{
  g_assert (
      brick->is_open || g_atomic_ref_count_compare (&brick->references, 1));
  brick->is_open = true;
  if (brick->labels)
    return;
  if (brick->label == 0 && brick->source == 0) {
    set_planes (brick, map_planes ());
    return;
  }
  set_planes (brick, take_planes ());
  fill_labels (brick->labels, brick->label);
  fill_sources (brick->sources, brick->source);
}

LamLabelBrick *
lam_label_brick_new_unwritten (void)
{
  LamLabelBrick *brick = lam_label_brick_new (0, LAM_SOURCE_UNSET);
  brick->is_open = true;
  set_planes (brick, take_planes ());
  return brick;
}

LamLabelBrick *
lam_label_brick_new_cleared (void)
{
  LamLabelBrick *brick = lam_label_brick_new_unwritten ();
  memset (brick->labels, 0, PLANES_BYTES);
  return brick;
}

uint32_t *
lam_label_brick_write_labels (LamLabelBrick *brick)
{
  open_planes (brick);
  return brick->labels;
}

uint16_t *
lam_label_brick_write_sources (LamLabelBrick *brick)
{
  open_planes (brick);
  return brick->sources;
}

void
lam_label_brick_settle (LamLabelBrick *brick)
{
  brick->is_open = false;
  if (!brick->labels || !are_uniform (brick->labels, brick->sources))
    return;
  brick->label = brick->labels[0];
  brick->source = brick->sources[0];
  drop_planes (brick);
}

void
lam_label_brick_settle_mixed (LamLabelBrick *brick)
{
  brick->is_open = false;
}
