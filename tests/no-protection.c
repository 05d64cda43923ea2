/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In the place of store/protection.c: protects nothing. A program that links
 * this file shows whether the test notices. */
#include <string.h>

#include "store/protection.h"

struct _LamProtection {
  int unused;
};

LamProtection *
lam_protection_new (LamConnection *connection, GError **error)
{
  return g_new0 (LamProtection, 1);
}

void
lam_protection_free (LamProtection *protection)
{
  g_free (protection);
}

bool
lam_protection_expect_label (
    LamProtection *protection, const LamLabel *row, GError **error)
{
  return true;
}

bool
lam_protection_find (LamProtection *protection, LamBrickKey key,
    LamVoxelRange range, const LamLabelBrick *stored, const uint32_t *wanted,
    bool *is_protected, GError **error)
{
  memset (is_protected + range.first, 0, (size_t)(range.end - range.first));
  return true;
}
