/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/source-colour.h"

#include <glib.h>

#include "labels/label-brick.h"

static const uint32_t run_rgb[] = {
  [LAM_RUN_NEWEST] = 0xe04a00,
  [LAM_RUN_BEFORE] = 0xf0a010,
  [LAM_RUN_EARLIER] = 0xfbe6a6,
};

LamRunAge
lam_source_get_age (uint16_t source, uint16_t newest)
{
  if (source >= newest)
    return LAM_RUN_NEWEST;
  return source + 1 == newest ? LAM_RUN_BEFORE : LAM_RUN_EARLIER;
}

uint32_t
lam_source_get_rgb (uint16_t source, uint16_t newest)
{
  switch (source) {
  case LAM_SOURCE_IMPORTED:
    return 0x7b3fa0;
  case LAM_SOURCE_HUMAN:
    return 0x0a6cff;
  case LAM_SOURCE_ACCEPTED:
    return 0x56d6f5;
  default:
    g_return_val_if_fail (source != LAM_SOURCE_UNSET, 0);
    return run_rgb[lam_source_get_age (source, newest)];
  }
}
