/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels in from a TIFF stack. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/label-transfer.h"

/* `path` NULL: the person chooses the file. Needs a project. */
void lam_import_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, const char *path);
