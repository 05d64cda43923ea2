/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The numbered parts of a long work that are finished, in a folder beside the
 * result, so that the work goes on where it was ended by whatever. A part
 * appears whole, and is on the disk, before it counts. One process at a time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamPartFolder LamPartFolder;

/* `plan`: lines "WHAT: …" on which the parts depend. Makes the folder, or goes
 * on in it; fails where it was begun with another plan (saying which line
 * differs), is not one of ours, or is in use. */
LamPartFolder *lam_part_folder_open (const char *path, const char *plan,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The folder stays where it is, unless there is nothing in it yet. */
void lam_part_folder_close (LamPartFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPartFolder, lam_part_folder_close)

const char *lam_part_folder_get_path (const LamPartFolder *folder);
/* Whether the part is there and undamaged; a damaged one is taken away. Costs
 * reading it. */
bool lam_part_folder_has (LamPartFolder *folder, int64_t part);
/* Where what is computed of a part can lie until the part is written. */
char *lam_part_folder_dup_begun (
    const LamPartFolder *folder, int64_t part) G_GNUC_WARN_UNUSED_RESULT;
/* At most 2 GB. */
bool lam_part_folder_write (LamPartFolder *folder, int64_t part,
    const void *bytes, size_t n, GError **error);
/* Fails where it is damaged or has another size. */
bool lam_part_folder_read (
    LamPartFolder *folder, int64_t part, void *bytes, size_t n, GError **error);
/* Notes something in a file of that name. */
bool lam_part_folder_mark (
    LamPartFolder *folder, const char *name, const char *text, GError **error);
/* What was noted; or NULL. */
char *lam_part_folder_dup_mark (
    LamPartFolder *folder, const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* The parts, then all else in one step. */
void lam_part_folder_remove (LamPartFolder *folder);
