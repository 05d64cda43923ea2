/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Waiting for an asynchronous call from a command that has nothing else to do.
 */
#pragma once

#include <gio/gio.h>

/* The callback of the call; `user_data` is a GAsyncResult *, NULL so far. */
void lam_await_cb (GObject *source, GAsyncResult *result, gpointer user_data);
/* Runs the main context until the callback came; gives the result. */
GAsyncResult *lam_await (GAsyncResult **result) G_GNUC_WARN_UNUSED_RESULT;
