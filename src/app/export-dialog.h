/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels, classes or sources out as a TIFF stack. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/label-transfer.h"

void lam_export_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
