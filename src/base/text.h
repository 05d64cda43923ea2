/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numbers as people read them. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* "350 nm", "1.25 µm", "2 mm": three significant digits. */
char *lam_text_length (double nm) G_GNUC_WARN_UNUSED_RESULT;
/* "512 bytes", "3.1 GB" (powers of 1000). */
char *lam_text_bytes (int64_t bytes) G_GNUC_WARN_UNUSED_RESULT;
/* "40 s", "3 min", "2 h 10 min". */
char *lam_text_duration (double seconds) G_GNUC_WARN_UNUSED_RESULT;
