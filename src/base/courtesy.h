/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Work in the background gives way to the person. A low priority does not do
 * that alone: such a thread still holds the locks of the address space and of
 * the file system, fills the caches and keeps the memory bus busy, which makes
 * frames late that another thread draws. So whoever shows something to the
 * person stirs, and background work rests for as long as that goes on. It goes
 * on at a slow pace even beside somebody who never stops: a rest has an end. */
#pragma once

#include <gio/gio.h>

/* Any thread: the person acts just now, or waits for a picture. Cheap. */
void lam_courtesy_stir (void);

/* A thread of the background, between two pieces of work of some milliseconds:
 * returns at once if nothing stirred in the last 150 ms, else once it is that
 * long ago, but after half a second at the latest, and when cancelled (NULL:
 * never). */
void lam_courtesy_rest (GCancellable *cancellable);

/* The background, too, has what the person waits for, as the answer to a
 * stroke, and what has time. Between begin and end, which come in pairs, what
 * has time rests. Any thread. */
void lam_courtesy_begin_answer (void);
void lam_courtesy_end_answer (void);
/* As lam_courtesy_rest(), and as long as there is an answer being made. */
void lam_courtesy_rest_long (GCancellable *cancellable);

/* The calling thread, and threads that it starts, compute and use disks only
 * when nobody else wants to. */
void lam_courtesy_lower_thread (void);

/* The calling thread does what the person waits for, but comes after the frames
 * of the window where there are fewer processors than threads. */
void lam_courtesy_let_frames_pass (void);
