/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A folder may hold more slices than a process may hold descriptors. The slots
 * of open files form a ring that the next one to be opened takes over in turn;
 * readers hold a reference, so that closing never pulls a file from under
 * them. */

#include "volume/tiff-files.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

#define MAX_OPEN 64

typedef struct {
  char *path; /* Owned */
  LamTiffFile *file; /* Owned, or NULL while it is closed */
  uint64_t stamp;
} Slot;

struct _LamTiffFiles {
  GMutex lock;
  GArray *slots;
  int64_t open[MAX_OPEN]; /* slot numbers, -1 for none */
  int next; /* in `open` */
  uint64_t bytes;
};

static void
slot_clear (gpointer data)
{
  Slot *slot = data;
  g_clear_pointer (&slot->file, lam_tiff_file_unref);
  g_clear_pointer (&slot->path, g_free);
}

LamTiffFiles *
lam_tiff_files_new (void)
{
  LamTiffFiles *files = g_new0 (LamTiffFiles, 1);
  g_mutex_init (&files->lock);
  files->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
  g_array_set_clear_func (files->slots, slot_clear);
  for (int i = 0; i < MAX_OPEN; i++)
    files->open[i] = -1;
  return files;
}

void
lam_tiff_files_free (LamTiffFiles *files)
{
  g_array_unref (files->slots);
  g_mutex_clear (&files->lock);
  g_free (files);
}

/* Gives the slot its open file and closes the one opened longest ago. */
static void
keep_open_locked (LamTiffFiles *files, uint32_t index, LamTiffFile *file)
{
  int64_t *turn = &files->open[files->next];
  if (*turn >= 0)
    g_clear_pointer (
        &g_array_index (files->slots, Slot, *turn).file, lam_tiff_file_unref);
  *turn = index;
  files->next = (files->next + 1) % MAX_OPEN;
  g_array_index (files->slots, Slot, index).file = lam_tiff_file_ref (file);
}

uint32_t
lam_tiff_files_add (LamTiffFiles *files, LamTiffFile *file)
{
  Slot slot = {
    .path = g_strdup (lam_tiff_file_get_path (file)),
    .stamp = lam_tiff_file_get_stamp (file),
  };
  g_mutex_lock (&files->lock);
  uint32_t index = files->slots->len;
  g_array_append_val (files->slots, slot);
  keep_open_locked (files, index, file);
  files->bytes += lam_tiff_file_get_bytes (file);
  g_mutex_unlock (&files->lock);
  return index;
}

static LamTiffFile *
reopen (LamTiffFiles *files, uint32_t index, GError **error)
{
  /* Paths and stamps never change once added, so they need no lock. */
  const Slot *slot = &g_array_index (files->slots, Slot, index);
  g_autoptr (LamTiffFile) file = lam_tiff_file_new (slot->path, error);
  if (!file)
    return NULL;
  if (lam_tiff_file_get_stamp (file) != slot->stamp) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MOVED,
        _ ("%s was changed or replaced since the stack was opened. Open it "
           "again"),
        slot->path);
    return NULL;
  }
  g_mutex_lock (&files->lock);
  if (!g_array_index (files->slots, Slot, index).file)
    keep_open_locked (files, index, file);
  g_mutex_unlock (&files->lock);
  return g_steal_pointer (&file);
}

LamTiffFile *
lam_tiff_files_get (LamTiffFiles *files, uint32_t index, GError **error)
{
  g_mutex_lock (&files->lock);
  LamTiffFile *there = g_array_index (files->slots, Slot, index).file;
  g_autoptr (LamTiffFile) file = there ? lam_tiff_file_ref (there) : NULL;
  g_mutex_unlock (&files->lock);
  if (!file)
    file = reopen (files, index, error);
  if (!file || !lam_tiff_file_check_unchanged (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

uint64_t
lam_tiff_files_get_bytes (LamTiffFiles *files)
{
  return files->bytes;
}
