/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/triple.h"

#include <glib.h>
#include <math.h>
#include <string.h>

bool
lam_triple_parse (const char *text, double numbers[3])
{
  for (int i = 0; i < 3; i++) {
    text += strcspn (text, "+-.0123456789");
    char *end;
    numbers[i] = g_ascii_strtod (text, &end);
    if (end == text || !isfinite (numbers[i]))
      return false;
    text = end;
  }
  return text[strcspn (text, "0123456789")] == '\0';
}
