/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/row-fields.h"

#include <glib.h>

enum {
  KNOWN = 1 << 0,
  NAME = 1 << 1,
  RGB = 1 << 2,
  LOCKED = 1 << 3,
  HIDDEN = 1 << 4,
  CLASS = 1 << 5,
  ORIGINAL = 1 << 6,
  STATE = 1 << 7,
  GROUP = 1 << 8,
  KEY = 1 << 9,
  INSTANCES = 1 << 10,
  BOX = 1 << 11,
  ROLE = 1 << 12,
  REVIEW = 1 << 13,
  NOTE = 1 << 14,
  ORGANELLE = 1 << 15,
};

/* No text is the same as an empty one. */
static bool
differ (const char *a, const char *b)
{
  return g_strcmp0 (a ? a : "", b ? b : "") != 0;
}

#define IF(condition, bit) ((condition) ? (unsigned)(bit) : 0)
#define IF_DIFFERS(field, bit) IF (before->field != after->field, bit)
#define IF_TEXT_DIFFERS(field, bit) \
  IF (differ (before->field, after->field), bit)

static unsigned
find_of_label (const LamLabel *before, const LamLabel *after)
{
  return IF_TEXT_DIFFERS (name, NAME) | IF_DIFFERS (class_id, CLASS)
      | IF_DIFFERS (rgb, RGB) | IF_DIFFERS (locked, LOCKED)
      | IF_DIFFERS (hidden, HIDDEN) | IF_DIFFERS (original_id, ORIGINAL)
      | IF_DIFFERS (state, STATE) | IF_TEXT_DIFFERS (group, GROUP);
}

static unsigned
find_of_class (const LamClass *before, const LamClass *after)
{
  return IF_TEXT_DIFFERS (name, NAME) | IF_DIFFERS (rgb, RGB)
      | IF_DIFFERS (key, KEY) | IF_DIFFERS (locked, LOCKED)
      | IF_DIFFERS (hidden, HIDDEN) | IF_DIFFERS (has_instances, INSTANCES)
      | IF_DIFFERS (organelle, ORGANELLE);
}

static unsigned
find_of_region (const LamRegion *before, const LamRegion *after)
{
  return IF_TEXT_DIFFERS (name, NAME)
      | IF (!lam_box_equal (&before->box, &after->box), BOX)
      | IF_DIFFERS (role, ROLE) | IF_DIFFERS (review, REVIEW)
      | IF_TEXT_DIFFERS (note, NOTE);
}

unsigned
lam_row_fields_find (const LamRowChange *change)
{
  if (change->fields != 0)
    return change->fields;
  unsigned fields = 0;
  if (change->label_before && change->label_after)
    fields = find_of_label (change->label_before, change->label_after);
  else if (change->class_before && change->class_after)
    fields = find_of_class (change->class_before, change->class_after);
  else if (change->region_before && change->region_after)
    fields = find_of_region (change->region_before, change->region_after);
  return fields | KNOWN;
}

#define TAKE(field, bit) \
  if (fields & (bit)) \
  out.field = after->field

LamLabel
lam_row_fields_label (
    const LamLabel *now, const LamLabel *after, unsigned fields)
{
  LamLabel out = *now;
  TAKE (name, NAME);
  TAKE (class_id, CLASS);
  TAKE (rgb, RGB);
  TAKE (locked, LOCKED);
  TAKE (hidden, HIDDEN);
  TAKE (original_id, ORIGINAL);
  TAKE (state, STATE);
  TAKE (group, GROUP);
  out.deleted = after->deleted;
  return out;
}

LamClass
lam_row_fields_class (
    const LamClass *now, const LamClass *after, unsigned fields)
{
  LamClass out = *now;
  TAKE (name, NAME);
  TAKE (rgb, RGB);
  TAKE (key, KEY);
  TAKE (locked, LOCKED);
  TAKE (hidden, HIDDEN);
  TAKE (has_instances, INSTANCES);
  TAKE (organelle, ORGANELLE);
  return out;
}

LamRegion
lam_row_fields_region (
    const LamRegion *now, const LamRegion *after, unsigned fields)
{
  LamRegion out = *now;
  TAKE (name, NAME);
  TAKE (box, BOX);
  TAKE (role, ROLE);
  TAKE (review, REVIEW);
  TAKE (note, NOTE);
  return out;
}
