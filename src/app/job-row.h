/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One job of the network beside the person: what it does and where, and a
 * button that cancels it. */
#pragma once

#include <gtk/gtk.h>

/* For gtk_list_box_bind_model() on a worker's jobs; `worker` is that
 * LamModelWorker. */
GtkWidget *lam_job_row_new (gpointer job, gpointer worker);
