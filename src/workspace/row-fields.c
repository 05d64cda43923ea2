/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/row-fields.h"

#include <glib.h>

#define TAKE(field) \
  if (before->field != after->field) \
  out.field = after->field

/* No text is the same as an empty one. */
#define TAKE_TEXT(field) \
  if (differ (before->field, after->field)) \
  out.field = after->field

static bool
differ (const char *a, const char *b)
{
  return g_strcmp0 (a ? a : "", b ? b : "") != 0;
}

LamLabel
lam_row_fields_label (
    const LamLabel *now, const LamLabel *before, const LamLabel *after)
{
  LamLabel out = *now;
  TAKE_TEXT (name);
  TAKE (class_id);
  TAKE (rgb);
  TAKE (locked);
  TAKE (hidden);
  TAKE (original_id);
  TAKE (state);
  TAKE_TEXT (group);
  out.deleted = after->deleted;
  return out;
}

LamClass
lam_row_fields_class (
    const LamClass *now, const LamClass *before, const LamClass *after)
{
  LamClass out = *now;
  TAKE_TEXT (name);
  TAKE (rgb);
  TAKE (key);
  TAKE (locked);
  TAKE (hidden);
  TAKE (has_instances);
  return out;
}

LamRegion
lam_row_fields_region (
    const LamRegion *now, const LamRegion *before, const LamRegion *after)
{
  LamRegion out = *now;
  TAKE_TEXT (name);
  if (!lam_box_equal (&before->box, &after->box))
    out.box = after->box;
  TAKE (role);
  TAKE (review);
  TAKE_TEXT (note);
  return out;
}
