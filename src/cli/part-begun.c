/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A file is written so seldom that it costs little beside the computing. */
#include "cli/part-begun.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "nn/checkpoint.h"

#define KEEP_SECONDS 20
#define LARGEST_SHARE 0.05 /* of the time */

struct _LamPartBegun {
  LamSegmenter *segmenter; /* Borrowed */
  char *path; /* Owned */
  gint64 due; /* of the monotonic clock, in microseconds */
};

/* Of the plan alone the parts depend, which the folder has checked. */
#define SETTINGS "begun=1"
static const char *const nothing[] = { NULL };

static int
list_parts (LamSegmenterState *state,
    LamCheckpointPart parts[LAM_SEGMENTER_MAX_ROWS + 1])
{
  parts[0] = (LamCheckpointPart){ &state->n_done, sizeof state->n_done };
  for (int i = 0; i < state->n_rows; i++)
    parts[1 + i] =
        (LamCheckpointPart){ state->rows[i].data, state->rows[i].n_bytes };
  return 1 + state->n_rows;
}

static bool
take (LamSegmenterState *state, gpointer data)
{
  LamPartBegun *begun = data;
  LamCheckpointPart parts[LAM_SEGMENTER_MAX_ROWS + 1];
  const int n = list_parts (state, parts);
  if (!g_file_test (begun->path, G_FILE_TEST_EXISTS))
    return false;
  /* What is damaged is computed again. */
  if (!lam_checkpoint_read (begun->path, SETTINGS, nothing, parts, n, NULL))
    return false;
  g_printerr (_ ("lamella-cli: goes on within a part, after %" G_GINT64_FORMAT
                 " of its tiles\n"),
      state->n_done);
  return true;
}

/* The work goes on: a part that is finished takes much less room. */
static bool
give_up (LamPartBegun *begun, const GError *cause)
{
  g_printerr (
      _ ("lamella-cli: what is computed of a part cannot be kept before "
         "it is finished: %s\n"),
      cause->message);
  begun->due = G_MAXINT64;
  return true;
}

static bool
keep (
    const LamSegmenterState *state, bool is_last, gpointer data, GError **error)
{
  LamPartBegun *begun = data;
  LamSegmenterState copy = *state;
  LamCheckpointPart parts[LAM_SEGMENTER_MAX_ROWS + 1];
  const gint64 start = g_get_monotonic_time ();
  if (!is_last && start < begun->due)
    return true;
  const int n = list_parts (&copy, parts);
  g_autoptr (GError) failed = NULL;
  if (!lam_checkpoint_write (begun->path, SETTINGS, parts, n, &failed))
    return give_up (begun, failed);
  const gint64 end = g_get_monotonic_time ();
  const gint64 pause = (gint64)((double)(end - start) / LARGEST_SHARE);
  begun->due = end + MAX (pause, KEEP_SECONDS * G_USEC_PER_SEC);
  return true;
}

LamPartBegun *
lam_part_begun_new (
    LamPartFolder *folder, int64_t part, LamSegmenter *segmenter)
{
  LamPartBegun *begun = g_new0 (LamPartBegun, 1);
  begun->segmenter = segmenter;
  begun->path = lam_part_folder_dup_begun (folder, part);
  begun->due = g_get_monotonic_time () + KEEP_SECONDS * G_USEC_PER_SEC;
  const LamSegmenterKeeping keeping = { take, keep, begun };
  lam_segmenter_set_keeping (segmenter, &keeping);
  return begun;
}

void
lam_part_begun_free (LamPartBegun *begun)
{
  if (!begun)
    return;
  lam_segmenter_set_keeping (begun->segmenter, NULL);
  g_free (begun->path);
  g_free (begun);
}
