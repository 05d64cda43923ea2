/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/person.h"

char *
lam_person_dup_name (void)
{
  const char *name = g_get_real_name ();
  const gboolean known = name && *name && !g_str_equal (name, "Unknown");
  return g_utf8_make_valid (known ? name : g_get_user_name (), -1);
}
