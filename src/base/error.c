/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"

#include <gio/gio.h>

G_STATIC_ASSERT (G_IO_ERROR_CANCELLED == 19);

G_DEFINE_QUARK (lam-error-quark, lam_error)
