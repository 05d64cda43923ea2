/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who sits here, as the history says it. */
#pragma once

#include <glib.h>

/* The person's name, or else the login; valid UTF-8. Any thread. */
char *lam_person_dup_name (void) G_GNUC_WARN_UNUSED_RESULT;
